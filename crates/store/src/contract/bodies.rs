//! What goes in comes out.

use super::Backend;
use super::fixtures::{doc, must_get, object, put, things};
use serde_json::{Value, json};

async fn survives<B: Backend>(body: Value) {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", body.clone())]).await;
    let back = must_get(&store, "a").await;
    assert_eq!(back.id, "a");
    assert_eq!(back.expires_at, None);
    assert_eq!(Value::Object(back.body), body);
}

pub async fn a_body_survives_whole<B: Backend>() {
    survives::<B>(json!({
        "text": "Grüße, 世界, 🦀, \"quoted\", back\\slash, new\nline, tab\t, nul\u{0}, \u{7f}, \u{2028}, \u{fffd}, e\u{301}",
        "empty": "",
        "null": null,
        "yes": true,
        "no": false,
        "nested": {"list": [1, "two", null, {"three": [[], {}]}], "ключ": {"": 0}},
        "category": "Motor",
        "price": 12,
    }))
    .await;
}

pub async fn the_extremes_of_integers_survive<B: Backend>() {
    survives::<B>(json!({
        "price": i64::MAX,
        "place": i64::MIN,
        "list": [0, -1, 1, i64::MAX, i64::MIN, (1i64 << 53) + 1, i32::MAX, i32::MIN, u32::MAX],
    }))
    .await;
}

pub async fn fractions_survive<B: Backend>() {
    survives::<B>(json!({
        "list": [0.1, -0.5, 1.0, 1e300, 5e-324, f64::MAX, f64::EPSILON, 0.30000000000000004, 123456.789e-7],
    }))
    .await;
}

pub async fn a_large_body_survives<B: Backend>() {
    survives::<B>(json!({"text": "ä".repeat(2 << 20), "list": vec![7; 10_000]})).await;
}

pub async fn an_empty_body_survives<B: Backend>() {
    survives::<B>(json!({})).await;
}

pub async fn the_order_of_an_array_survives<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"list": [3, 1, 2, 1]}))]).await;
    assert_eq!(must_get(&store, "a").await.body, object(json!({"list": [3, 1, 2, 1]})));
}
