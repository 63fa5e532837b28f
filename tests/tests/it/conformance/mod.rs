//! The HTTP API, row by row, against the real shop.

mod errors;
mod events;
mod reads;
mod writes;

use crate::harness::Shop;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A shop on a folder of its own, which must outlive it.
async fn fresh_shop() -> (TempDir, Shop) {
    let data = tempfile::tempdir().unwrap();
    let shop = Shop::up(data.path(), &[]).await;
    (data, shop)
}

fn item(id: &str) -> Value {
    json!({"id": id, "name": "Violin", "category": "Collection", "price": 125_000, "state": "Good", "ageInMonths": 240})
}

fn buy(item: &str) -> Value {
    json!({"clientId": "ada", "itemId": item, "price": 90_000, "date": "2026-01-31"})
}

/// The same body with one field set to another value.
fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// The same body without a field.
fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().unwrap().remove(field);
    body
}
