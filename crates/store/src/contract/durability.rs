//! What was answered is kept.

use super::Backend;
use super::fixtures::{THINGS, all, doc, expired, ids, in_an_hour, must_get, only, put, things};
use crate::{Document, Inserted, Order};
use serde_json::json;

pub async fn what_was_written_survives_a_reopening<B: Backend>() {
    let (backend, store) = things::<B>().await;
    let lasting =
        Document { expires_at: Some(in_an_hour()), ..doc("lasting", json!({"text": "🦀", "n": i64::MAX})) };
    put(&store, vec![doc("a", json!({"category": "Motor", "price": 1})), lasting, doc("gone", json!({}))])
        .await;
    put(&store, vec![expired("late", json!({}))]).await;
    let seen = must_get(&store, "a").await;
    let changed = Document { body: doc("", json!({"category": "Reading", "price": 2})).body, ..seen };
    assert!(store.update_if_unchanged(&THINGS, changed).await.unwrap());
    assert!(store.upsert_if_greater(&THINGS, doc("up", json!({"seen": 1})), "seen").await.unwrap());
    store.delete(&THINGS, &["gone".to_owned()]).await.unwrap();
    let before = store.find(&THINGS, &all(Order::Id)).await.unwrap();

    drop(store);
    let backend = backend.reopen().await;
    let store = backend.store();
    store.declare(&[THINGS]).await.unwrap();

    let after = store.find(&THINGS, &all(Order::Id)).await.unwrap();
    assert_eq!(after, before);
    assert_eq!(after.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["a", "lasting", "up"]);
    assert_eq!(ids(&store, &only("category", json!("Reading"), Order::Ascending("price"))).await, ["a"]);
    let seen = after.into_iter().next().unwrap();
    assert!(store.update_if_unchanged(&THINGS, seen).await.unwrap(), "revisions survive as well");
}

pub async fn a_reopened_store_guards_its_uniqueness<B: Backend>() {
    let (backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1"}))]).await;
    drop(store);
    let backend = backend.reopen().await;
    let store = backend.store();
    store.declare(&[THINGS]).await.unwrap();
    let batch = vec![doc("a", json!({})), doc("b", json!({"eventId": "e1"}))];
    let answers = store.insert_many(&THINGS, batch).await.unwrap();
    assert_eq!(answers, [Inserted::DuplicateId, Inserted::DuplicateIndex(vec!["eventId".to_owned()])]);
}

pub async fn a_store_takes_writes_when_it_says_so<B: Backend>() {
    let backend = B::fresh().await;
    backend.store().ping().await.unwrap();
    let (_backend, store) = things::<B>().await;
    for _ in 0..3 {
        store.ping().await.unwrap();
    }
    assert!(ids(&store, &all(Order::Id)).await.is_empty());
}
