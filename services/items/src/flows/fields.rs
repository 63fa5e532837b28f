//! What the payloads have in common: the checks of their fields, and the fields of their documents.

use pawnshop_domain::{ClientId, ItemId, Price, Rejection};
use pawnshop_store::{Document, Index};
use serde_json::{Map, Value};

/// Every action collection answers one question: the history of an item, oldest first.
pub(super) const HISTORY: &[Index] = &[Index { fields: &["itemId", "date"], unique: false }];

pub(super) fn item_id(text: &str) -> Result<ItemId, Rejection> {
    text.parse().map_err(|error| Rejection::invalid("invalid_item_id", format!("the item id {error}")))
}

pub(super) fn client_id(text: &str) -> Result<ClientId, Rejection> {
    text.parse().map_err(|error| Rejection::invalid("invalid_client_id", format!("the client id {error}")))
}

pub(super) fn price(minor_units: i64) -> Result<Price, Rejection> {
    Price::new(minor_units).map_err(|error| Rejection::invalid("invalid_price", format!("the price {error}")))
}

/// The fields of a document.
pub(super) fn body<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A field's text, owned.
pub(super) fn text(document: &Document, field: &str) -> Option<String> {
    document.text(field).map(str::to_owned)
}

/// A field's integer if it fits 32 bits without a sign.
pub(super) fn small(document: &Document, field: &str) -> Option<u32> {
    document.integer(field).and_then(|value| u32::try_from(value).ok())
}
