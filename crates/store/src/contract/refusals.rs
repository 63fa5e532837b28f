//! What can never succeed is refused, and changes nothing.

use super::Backend;
use super::fixtures::{THINGS, UNDECLARED, all, doc, get, ids, must_get, only, put, things};
use crate::rules::{MAX_BODY_BYTES, MAX_BSON_BYTES, MAX_DEPTH, MAX_ID_BYTES};
use crate::{Collection, Index, Order, Store, StoreError};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::Arc;

fn refused<T: Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
}

/// Every way of writing this document is refused, and leaves nothing.
async fn unholdable(store: &Arc<dyn Store>, id: &str, body: Value) {
    refused(store.insert_many(&THINGS, vec![doc(id, body.clone())]).await);
    refused(store.update_if_unchanged(&THINGS, doc(id, body.clone())).await);
    let mut upserted = doc(id, body);
    upserted.body.insert("seen".to_owned(), json!(1));
    refused(store.upsert_if_greater(&THINGS, upserted, "seen").await);
    assert!(ids(store, &all(Order::Id)).await.is_empty());
}

pub async fn an_undeclared_collection_is_refused_by_every_method<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let a = ["a".to_owned()];
    refused(store.insert_many(&UNDECLARED, vec![doc("a", json!({}))]).await);
    refused(store.get_many(&UNDECLARED, &a).await);
    refused(store.find(&UNDECLARED, &all(Order::Id)).await);
    refused(store.find_grouped(&UNDECLARED, "category", &a, Order::Id, 1).await);
    refused(store.update_if_unchanged(&UNDECLARED, doc("a", json!({}))).await);
    refused(store.upsert_if_greater(&UNDECLARED, doc("a", json!({"seen": 1})), "seen").await);
    refused(store.delete(&UNDECLARED, &a).await);
}

pub async fn bad_names_are_not_declared<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    const LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for name in ["", "A", "1a", "_a", "a-b", "a b", "a\"b", "a;b", "a.b", "ä", "a\0", LONG] {
        refused(store.declare(&[Collection { name, indexes: &[] }]).await);
    }
    const BAD: [&[Index]; 7] = [
        &[Index { fields: &[], unique: false }],
        &[Index { fields: &[""], unique: false }],
        &[Index { fields: &["_id"], unique: false }],
        &[Index { fields: &["a.b"], unique: true }],
        &[Index { fields: &["good", "a'b"], unique: false }],
        &[Index { fields: &["Upper"], unique: false }],
        &[Index { fields: &["$a"], unique: false }],
    ];
    for indexes in BAD {
        refused(store.declare(&[THINGS, Collection { name: "bad", indexes }]).await);
    }
    refused(store.find(&THINGS, &all(Order::Id)).await);
}

pub async fn ids_have_bounds<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    unholdable(&store, "", json!({})).await;
    unholdable(&store, &"x".repeat(MAX_ID_BYTES + 1), json!({})).await;
    assert_eq!(get(&store, "").await, None);
    assert_eq!(store.delete(&THINGS, &[String::new()]).await.unwrap(), 0);
}

pub async fn the_stores_own_names_are_refused<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for name in ["_id", "_", "_revision", "_expiresAt"] {
        unholdable(&store, "a", json!({name: 1})).await;
    }
    unholdable(&store, "a", json!({"a\0b": 1})).await;
    unholdable(&store, "a", json!({"nested": [{"a\0b": 1}]})).await;
}

pub async fn integers_beyond_64_bits_are_refused<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let beyond = i64::MAX as u64 + 1;
    for body in [json!({"n": beyond}), json!({"price": u64::MAX}), json!({"n": [{"deep": beyond}]})] {
        unholdable(&store, "a", body).await;
    }
}

pub async fn bodies_have_bounds<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    unholdable(&store, "a", json!({"text": "x".repeat(MAX_BODY_BYTES)})).await;
    unholdable(&store, "a", json!({"list": vec![7; MAX_BSON_BYTES / 16]})).await;
    let nested = |levels: usize| (1..levels).fold(json!("core"), |inner, _| json!([inner]));
    unholdable(&store, "a", json!({"deep": nested(MAX_DEPTH + 1)})).await;
    unholdable(&store, "a", json!({"deep": nested(1_000)})).await;
    let deepest = json!({"deep": nested(MAX_DEPTH)});
    put(&store, vec![doc("a", deepest.clone())]).await;
    assert_eq!(Value::Object(must_get(&store, "a").await.body), deepest);
}

pub async fn indexed_fields_hold_text_or_integers<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for value in [json!(true), json!(1.5), json!(1.0), json!([]), json!({})] {
        for field in ["category", "price", "eventId", "place"] {
            unholdable(&store, "a", json!({field: value.clone()})).await;
        }
    }
}

pub async fn a_refused_document_refuses_its_whole_call<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let batch = vec![doc("a", json!({})), doc("", json!({})), doc("b", json!({}))];
    refused(store.insert_many(&THINGS, batch).await);
    assert!(ids(&store, &all(Order::Id)).await.is_empty());
    put(&store, vec![doc("a", json!({})), doc("b", json!({}))]).await;
}

pub async fn a_query_that_no_index_serves_is_refused<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    refused(store.find(&THINGS, &only("name", json!("x"), Order::Id)).await);
    refused(store.find(&THINGS, &only("place", json!(1), Order::Id)).await);
    refused(store.find(&THINGS, &only("shelf", json!("s"), Order::Id)).await);
    refused(store.find(&THINGS, &only("eventId", json!("e"), Order::Ascending("price"))).await);
    refused(store.find(&THINGS, &all(Order::Ascending("category; DROP TABLE"))).await);
    refused(store.find(&THINGS, &all(Order::Descending("n"))).await);
    let keys = ["a".to_owned()];
    refused(store.find_grouped(&THINGS, "name", &keys, Order::Id, 1).await);
    refused(store.find_grouped(&THINGS, "category", &keys, Order::Ascending("n"), 1).await);
}

pub async fn a_filter_compares_with_text_or_integers<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for value in [json!(null), json!(true), json!(1.5), json!([1]), json!({"$gt": 0}), json!(u64::MAX)] {
        refused(store.find(&THINGS, &only("price", value, Order::Id)).await);
    }
}
