//! Updating what has not changed.

use super::Backend;
use super::fixtures::{THINGS, doc, get, ids, must_get, object, only, put, things};
use crate::{Document, Order, StoreError};
use serde_json::json;

fn changed(document: &Document, body: serde_json::Value) -> Document {
    Document { body: object(body), ..document.clone() }
}

pub async fn an_unchanged_document_is_replaced_whole<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"n": 1, "old": true})), doc("b", json!({"n": 1}))]).await;
    let seen = must_get(&store, "a").await;
    let other = must_get(&store, "b").await;
    assert!(store.update_if_unchanged(&THINGS, changed(&seen, json!({"n": 2}))).await.unwrap());
    assert_eq!(must_get(&store, "a").await.body, object(json!({"n": 2})));
    assert_eq!(must_get(&store, "b").await, other);
}

pub async fn an_update_moves_the_revision<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"n": 1}))]).await;
    let mut revisions = Vec::new();
    for _ in 0..5 {
        let seen = must_get(&store, "a").await;
        assert_eq!(seen, must_get(&store, "a").await, "reading moves no revision");
        assert!(!revisions.contains(&seen.revision), "{revisions:?}");
        revisions.push(seen.revision);
        assert!(store.update_if_unchanged(&THINGS, seen).await.unwrap());
    }
}

pub async fn a_stale_revision_changes_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"n": 1}))]).await;
    let seen = must_get(&store, "a").await;
    assert!(store.update_if_unchanged(&THINGS, changed(&seen, json!({"n": 2}))).await.unwrap());
    let now = must_get(&store, "a").await;
    assert!(!store.update_if_unchanged(&THINGS, changed(&seen, json!({"n": 3}))).await.unwrap());
    assert_eq!(must_get(&store, "a").await, now);
}

pub async fn a_document_that_is_gone_is_not_updated<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    assert!(!store.update_if_unchanged(&THINGS, doc("never", json!({}))).await.unwrap());
    put(&store, vec![doc("a", json!({}))]).await;
    let seen = must_get(&store, "a").await;
    store.delete(&THINGS, &["a".to_owned()]).await.unwrap();
    assert!(!store.update_if_unchanged(&THINGS, seen).await.unwrap());
    assert_eq!(get(&store, "a").await, None);
    assert_eq!(get(&store, "never").await, None);
}

pub async fn a_document_deleted_and_inserted_again_has_changed<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"n": 1}))]).await;
    let seen = must_get(&store, "a").await;
    store.delete(&THINGS, &["a".to_owned()]).await.unwrap();
    put(&store, vec![doc("a", json!({"n": 1}))]).await;
    assert!(!store.update_if_unchanged(&THINGS, changed(&seen, json!({"n": 2}))).await.unwrap());
    assert_eq!(must_get(&store, "a").await.integer("n"), Some(1));
}

pub async fn an_update_is_found_by_its_new_values_only<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"category": "Motor", "price": 1}))]).await;
    let seen = must_get(&store, "a").await;
    let moved = changed(&seen, json!({"category": "Reading", "price": 2}));
    assert!(store.update_if_unchanged(&THINGS, moved).await.unwrap());
    assert!(ids(&store, &only("category", json!("Motor"), Order::Id)).await.is_empty());
    assert_eq!(ids(&store, &only("category", json!("Reading"), Order::Ascending("price"))).await, ["a"]);
    assert!(ids(&store, &only("price", json!(1), Order::Id)).await.is_empty());
}

pub async fn an_update_into_anothers_unique_value_is_refused<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1"})), doc("b", json!({"eventId": "e2"}))]).await;
    let seen = must_get(&store, "b").await;
    let answer = store.update_if_unchanged(&THINGS, changed(&seen, json!({"eventId": "e1"}))).await;
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    assert_eq!(must_get(&store, "b").await, seen);
}

pub async fn an_update_may_keep_its_own_unique_value<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1"}))]).await;
    let seen = must_get(&store, "a").await;
    let kept = changed(&seen, json!({"eventId": "e1", "n": 2}));
    assert!(store.update_if_unchanged(&THINGS, kept).await.unwrap());
    assert_eq!(must_get(&store, "a").await.integer("n"), Some(2));
}
