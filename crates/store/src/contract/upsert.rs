//! Upserting what is greater.

use super::Backend;
use super::fixtures::{THINGS, doc, get, ids, must_get, object, only, put, things};
use crate::{Order, StoreError};
use serde_json::json;

pub async fn the_first_is_inserted<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let first = doc("a", json!({"seen": -5, "category": "Motor"}));
    assert!(store.upsert_if_greater(&THINGS, first.clone(), "seen").await.unwrap());
    assert_eq!(must_get(&store, "a").await.body, first.body);
    assert_eq!(ids(&store, &only("category", json!("Motor"), Order::Id)).await, ["a"]);
}

pub async fn a_greater_one_replaces<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"seen": 5, "category": "Motor"})), doc("b", json!({"seen": 1}))]).await;
    let other = must_get(&store, "b").await;
    assert!(store.upsert_if_greater(&THINGS, doc("a", json!({"seen": 6, "new": 1})), "seen").await.unwrap());
    assert_eq!(must_get(&store, "a").await.body, object(json!({"seen": 6, "new": 1})));
    assert!(ids(&store, &only("category", json!("Motor"), Order::Id)).await.is_empty());
    assert_eq!(must_get(&store, "b").await, other);
}

pub async fn an_equal_or_lesser_one_changes_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"seen": 10, "n": 1}))]).await;
    let before = must_get(&store, "a").await;
    for seen in [10, 9, -10, i64::MIN] {
        let late = doc("a", json!({"seen": seen, "n": 2}));
        assert!(!store.upsert_if_greater(&THINGS, late, "seen").await.unwrap(), "{seen}");
    }
    assert_eq!(must_get(&store, "a").await, before);
}

pub async fn the_extremes_of_integers_compare<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for seen in [i64::MIN, i64::MIN + 1, 1 << 53, (1 << 53) + 1, i64::MAX - 1, i64::MAX] {
        assert!(
            store.upsert_if_greater(&THINGS, doc("a", json!({"seen": seen})), "seen").await.unwrap(),
            "{seen}"
        );
        assert!(
            !store.upsert_if_greater(&THINGS, doc("a", json!({"seen": seen})), "seen").await.unwrap(),
            "{seen}"
        );
    }
    assert_eq!(must_get(&store, "a").await.integer("seen"), Some(i64::MAX));
}

pub async fn a_stored_document_without_the_integer_is_less<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(
        &store,
        vec![doc("absent", json!({})), doc("null", json!({"seen": null})), doc("text", json!({"seen": "9"}))],
    )
    .await;
    for id in ["absent", "null", "text"] {
        let new = doc(id, json!({"seen": i64::MIN}));
        assert!(store.upsert_if_greater(&THINGS, new, "seen").await.unwrap(), "{id}");
        assert_eq!(must_get(&store, id).await.integer("seen"), Some(i64::MIN));
    }
}

pub async fn a_new_document_without_the_integer_is_refused<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for body in [json!({}), json!({"seen": null}), json!({"seen": "9"}), json!({"seen": 1.5})] {
        let answer = store.upsert_if_greater(&THINGS, doc("a", body), "seen").await;
        assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    }
    let answer = store.upsert_if_greater(&THINGS, doc("a", json!({"a'b": 1})), "a'b").await;
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    assert_eq!(get(&store, "a").await, None);
}

pub async fn an_upsert_moves_the_revision<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    store.upsert_if_greater(&THINGS, doc("a", json!({"seen": 1})), "seen").await.unwrap();
    let seen = must_get(&store, "a").await;
    store.upsert_if_greater(&THINGS, doc("a", json!({"seen": 2})), "seen").await.unwrap();
    assert_ne!(must_get(&store, "a").await.revision, seen.revision);
    assert!(!store.update_if_unchanged(&THINGS, seen).await.unwrap());
}

pub async fn an_upsert_into_anothers_unique_value_is_refused<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1"})), doc("b", json!({"eventId": "e2", "seen": 1}))])
        .await;
    let before = must_get(&store, "b").await;
    for id in ["b", "new"] {
        let clash = doc(id, json!({"eventId": "e1", "seen": 2}));
        let answer = store.upsert_if_greater(&THINGS, clash, "seen").await;
        assert!(matches!(answer, Err(StoreError::Refused(_))), "{id}: {answer:?}");
    }
    assert_eq!(must_get(&store, "b").await, before);
    assert_eq!(get(&store, "new").await, None);
}
