//! Declaring collections and indexes.

use super::Backend;
use super::fixtures::{THINGS, UNDECLARED, doc, get, ids, must_get, only, put, things};
use crate::{Collection, Find, Index, Inserted, Order, StoreError};
use serde_json::json;

const BARE: Collection = Collection { name: THINGS.name, indexes: &[] };
const BY_CATEGORY: Collection =
    Collection { name: THINGS.name, indexes: &[Index { fields: &["category"], unique: false }] };
const BY_EVENT: Collection =
    Collection { name: THINGS.name, indexes: &[Index { fields: &["eventId"], unique: true }] };

pub async fn declaring_again_changes_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"category": "Motor"}))]).await;
    let before = must_get(&store, "a").await;
    store.declare(&[THINGS, THINGS]).await.unwrap();
    store.declare(&[BARE]).await.unwrap();
    store.declare(&[]).await.unwrap();
    assert_eq!(must_get(&store, "a").await, before);
    assert_eq!(ids(&store, &only("category", json!("Motor"), Order::Id)).await, ["a"]);
}

pub async fn an_index_added_later_finds_what_was_there<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    store.declare(&[BARE]).await.unwrap();
    put(
        &store,
        (0..50).map(|n| doc(&format!("{n:02}"), json!({"category": "Motor", "price": n % 3}))).collect(),
    )
    .await;
    store.declare(&[THINGS]).await.unwrap();
    assert_eq!(ids(&store, &only("category", json!("Motor"), Order::Id)).await.len(), 50);
    let by_price = Find { limit: 2, ..only("category", json!("Motor"), Order::Descending("price")) };
    assert_eq!(ids(&store, &by_price).await, ["02", "05"]);
    put(&store, vec![doc("new", json!({"category": "Motor", "price": 9}))]).await;
    assert_eq!(ids(&store, &by_price).await, ["new", "02"]);
}

pub async fn a_unique_index_added_later_guards_what_was_there<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    store.declare(&[BARE]).await.unwrap();
    put(&store, vec![doc("a", json!({"eventId": "e1"}))]).await;
    store.declare(&[BY_EVENT]).await.unwrap();
    let answers = store.insert_many(&THINGS, vec![doc("b", json!({"eventId": "e1"}))]).await.unwrap();
    assert_eq!(answers, [Inserted::DuplicateIndex(vec!["eventId".to_owned()])]);
}

pub async fn a_unique_index_that_documents_clash_in_is_refused<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    store.declare(&[BARE]).await.unwrap();
    put(&store, vec![doc("a", json!({"eventId": "e1"})), doc("b", json!({"eventId": "e1"}))]).await;
    let answer = store.declare(&[BY_EVENT]).await;
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    put(&store, vec![doc("c", json!({"eventId": "e1"}))]).await;
    store.delete(&THINGS, &["a".to_owned(), "b".to_owned()]).await.unwrap();
    store.declare(&[BY_EVENT]).await.unwrap();
}

pub async fn indexes_of_two_declarations_add_up<B: Backend>() {
    let backend = B::fresh().await;
    let store = backend.store();
    store.declare(&[BY_CATEGORY, BY_EVENT]).await.unwrap();
    put(&store, vec![doc("a", json!({"category": "Motor", "eventId": "e1"}))]).await;
    assert_eq!(ids(&store, &only("category", json!("Motor"), Order::Id)).await, ["a"]);
    assert_eq!(ids(&store, &only("eventId", json!("e1"), Order::Id)).await, ["a"]);
}

pub async fn collections_are_apart<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    store.declare(&[UNDECLARED]).await.unwrap();
    put(&store, vec![doc("a", json!({"n": 1}))]).await;
    let answers = store.insert_many(&UNDECLARED, vec![doc("a", json!({"n": 2}))]).await.unwrap();
    assert_eq!(answers, [Inserted::New]);
    assert_eq!(must_get(&store, "a").await.integer("n"), Some(1));
    assert_eq!(store.delete(&UNDECLARED, &["a".to_owned()]).await.unwrap(), 1);
    assert!(get(&store, "a").await.is_some());
}
