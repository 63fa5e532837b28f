//! Expired documents are gone, however lazily they are swept (decision D10).

use super::Backend;
use super::fixtures::{THINGS, all, doc, expired, get, ids, in_an_hour, must_get, only, paged, put, things};
use crate::{Document, Inserted, Order, Store};
use pawnshop_domain::Instant;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const ORDERS: [Order; 3] = [Order::Id, Order::Ascending("price"), Order::Descending("price")];

pub async fn an_expired_document_shows_in_no_read<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![expired("late", json!({"category": "Motor", "price": 1, "eventId": "e1"}))]).await;
    assert_eq!(get(&store, "late").await, None);
    assert!(ids(&store, &only("eventId", json!("e1"), Order::Id)).await.is_empty());
    for order in ORDERS {
        assert!(ids(&store, &all(order)).await.is_empty());
        assert!(ids(&store, &only("category", json!("Motor"), order)).await.is_empty());
        let keys = ["Motor".to_owned()];
        assert!(store.find_grouped(&THINGS, "category", &keys, order, 5).await.unwrap().is_empty());
    }
}

pub async fn a_document_is_seen_until_it_expires<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let expires = Instant::now().plus(Duration::from_millis(700));
    let short = Document { expires_at: Some(expires), ..doc("short", json!({"category": "Motor"})) };
    let long = Document { expires_at: Some(in_an_hour()), ..doc("long", json!({"category": "Motor"})) };
    put(&store, vec![short, long]).await;
    let motors = only("category", json!("Motor"), Order::Id);
    let deadline = expires.plus(Duration::from_secs(10));
    loop {
        let asked = Instant::now();
        let found = ids(&store, &motors).await;
        if found == ["long"] {
            // A backend may round to milliseconds.
            assert!(Instant::now().plus(Duration::from_millis(1)) >= expires, "gone before its time");
            break;
        }
        assert_eq!(found, ["long", "short"]);
        assert!(asked < expires.plus(Duration::from_millis(1)), "still seen after it expired");
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(get(&store, "short").await, None);
}

pub async fn expired_documents_take_no_place_on_a_page<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let documents = (0..40).map(|n| {
        let body = json!({"category": "Motor", "price": n / 8});
        let id = format!("{n:02}");
        if n % 4 == 0 { doc(&id, body) } else { expired(&id, body) }
    });
    put(&store, documents.collect()).await;
    for order in ORDERS {
        let find = crate::Find { limit: 5, ..only("category", json!("Motor"), order) };
        assert_eq!(ids(&store, &find).await.len(), 5);
        assert_eq!(paged(&store, &find, 3).await.len(), 10);
        let groups = store.find_grouped(&THINGS, "category", &["Motor".to_owned()], order, 7).await.unwrap();
        assert_eq!(groups["Motor"].len(), 7);
    }
}

pub async fn an_insert_replaces_an_expired_document<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![expired("a", json!({"n": 1, "category": "Motor"}))]).await;
    put(&store, vec![doc("a", json!({"n": 2}))]).await;
    let found = must_get(&store, "a").await;
    assert_eq!((found.integer("n"), found.expires_at), (Some(2), None));
    assert!(ids(&store, &only("category", json!("Motor"), Order::Id)).await.is_empty());
    let answers = store.insert_many(&THINGS, vec![doc("a", json!({"n": 3}))]).await.unwrap();
    assert_eq!(answers, [Inserted::DuplicateId]);
}

pub async fn an_expired_document_holds_no_unique_value<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(
        &store,
        vec![
            expired("a", json!({"eventId": "e1"})),
            expired("b", json!({"eventId": "e2", "shelf": "s", "place": 1})),
            expired("c", json!({"shelf": "t", "place": 1})),
            expired("f", json!({"shelf": "u", "place": 1})),
        ],
    )
    .await;
    // Each stands where one, or several, expired ones stood.
    put(
        &store,
        vec![
            doc("new", json!({"eventId": "e1"})),
            doc("c", json!({"eventId": "e2", "shelf": "s", "place": 1})),
            doc("d", json!({"shelf": "t", "place": 1})),
            doc("g", json!({"shelf": "u", "place": 1})),
        ],
    )
    .await;
    assert_eq!(ids(&store, &all(Order::Id)).await, ["c", "d", "g", "new"]);
    put(&store, vec![expired("x", json!({"eventId": "e9"})), doc("y", json!({"n": 1}))]).await;
    let changed = Document { body: doc("", json!({"eventId": "e9"})).body, ..must_get(&store, "y").await };
    assert!(store.update_if_unchanged(&THINGS, changed).await.unwrap());
    put(&store, vec![expired("z", json!({"eventId": "e8"}))]).await;
    let new = doc("up", json!({"eventId": "e8", "seen": 1}));
    assert!(store.upsert_if_greater(&THINGS, new, "seen").await.unwrap());
}

pub async fn an_update_of_an_expired_document_is_too_late<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let (seen, soon) = put_and_seen_before_it_expires(&store, "a").await;
    let deadline = soon.plus(Duration::from_secs(10));
    while get(&store, "a").await.is_some() {
        assert!(Instant::now() < deadline, "it never expires");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!store.update_if_unchanged(&THINGS, Document { expires_at: None, ..seen }).await.unwrap());
    assert_eq!(get(&store, "a").await, None);
}

/// A document that was seen, and when it expires: soon, unless the machine is too busy to read it by then.
async fn put_and_seen_before_it_expires(store: &Arc<dyn Store>, id: &str) -> (Document, Instant) {
    let mut life = Duration::from_millis(500);
    loop {
        let expires = Instant::now().plus(life);
        put(store, vec![Document { expires_at: Some(expires), ..doc(id, json!({"n": 1})) }]).await;
        if let Some(seen) = get(store, id).await {
            return (seen, expires);
        }
        life *= 2;
    }
}

pub async fn an_update_may_end_a_document<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({}))]).await;
    let over = Document { expires_at: expired("", json!({})).expires_at, ..must_get(&store, "a").await };
    assert!(store.update_if_unchanged(&THINGS, over).await.unwrap());
    assert_eq!(get(&store, "a").await, None);
}

pub async fn an_upsert_replaces_an_expired_document_however_great<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![expired("a", json!({"seen": 100}))]).await;
    assert!(store.upsert_if_greater(&THINGS, doc("a", json!({"seen": 1})), "seen").await.unwrap());
    assert_eq!(must_get(&store, "a").await.integer("seen"), Some(1));
}

pub async fn deleting_counts_no_expired_document<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![expired("late", json!({})), doc("there", json!({}))]).await;
    assert_eq!(store.delete(&THINGS, &["late".to_owned(), "there".to_owned()]).await.unwrap(), 1);
}

pub async fn an_update_moves_the_expiry<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({}))]).await;
    for expires_at in [Some(in_an_hour()), None] {
        let seen = must_get(&store, "a").await;
        assert!(store.update_if_unchanged(&THINGS, Document { expires_at, ..seen }).await.unwrap());
        assert_eq!(must_get(&store, "a").await.expires_at, expires_at);
    }
}

pub async fn an_upsert_moves_the_expiry<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for (seen, expires_at) in [(1, None), (2, Some(in_an_hour())), (3, None)] {
        let document = Document { expires_at, ..doc("a", json!({"seen": seen})) };
        assert!(store.upsert_if_greater(&THINGS, document, "seen").await.unwrap());
        assert_eq!(must_get(&store, "a").await.expires_at, expires_at);
    }
    let over = expired("a", json!({"seen": 4}));
    assert!(store.upsert_if_greater(&THINGS, over, "seen").await.unwrap());
    assert_eq!(get(&store, "a").await, None);
}

pub async fn one_call_inserts_again_over_an_expired_document<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let batch = vec![expired("a", json!({"n": 1})), doc("a", json!({"n": 2})), doc("a", json!({"n": 3}))];
    let answers = store.insert_many(&THINGS, batch).await.unwrap();
    assert_eq!(answers, [Inserted::New, Inserted::New, Inserted::DuplicateId]);
    assert_eq!(must_get(&store, "a").await.integer("n"), Some(2));
}
