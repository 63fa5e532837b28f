//! Ids, keys and values are data, whatever they look like.

use super::Backend;
use super::fixtures::{THINGS, all, doc, get, ids, must_get, object, only, paged, put, things};
use crate::{Inserted, Order};
use serde_json::json;

const ODD: &[&str] = &[
    " ",
    "'",
    "\"",
    "`",
    ";",
    "--",
    "/*",
    "\\",
    "\\u0000",
    "%",
    "_",
    "?",
    "?1",
    ":id",
    "$where",
    "$.id",
    "{\"$gt\": \"\"}",
    "[]",
    "null",
    "NULL",
    "true",
    "0",
    "00",
    "1e3",
    "'; DROP TABLE c_things; --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "x' UNION SELECT * FROM sqlite_schema --",
    "a\nb",
    "a\tb",
    "a\0b",
    "\u{7f}",
    "\u{202e}abc",
    "\u{feff}",
    "e\u{301}",
    "é",
    "🦀🦀",
    "..",
    "/",
    "a/b",
];

pub async fn ids_with_odd_characters_are_only_ids<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let long = "x".repeat(crate::rules::MAX_ID_BYTES);
    let odd: Vec<&str> = ODD.iter().copied().chain([long.as_str()]).collect();
    put(&store, odd.iter().enumerate().map(|(n, id)| doc(id, json!({"category": "x", "n": n}))).collect())
        .await;
    for (n, id) in odd.iter().enumerate() {
        let found = must_get(&store, id).await;
        assert_eq!((found.id.as_str(), found.integer("n")), (*id, Some(n as i64)));
        let again = store.insert_many(&THINGS, vec![doc(id, json!({}))]).await.unwrap();
        assert_eq!(again, [Inserted::DuplicateId], "{id:?}");
        assert!(store.update_if_unchanged(&THINGS, found).await.unwrap(), "{id:?}");
    }
    let mut sorted: Vec<&str> = odd.clone();
    sorted.sort_unstable();
    assert_eq!(paged(&store, &all(Order::Id), 3).await, sorted);
    assert_eq!(paged(&store, &only("category", json!("x"), Order::Id), 3).await, sorted);
    for (deleted, id) in odd.iter().enumerate() {
        assert_eq!(store.delete(&THINGS, &[(*id).to_owned()]).await.unwrap(), 1, "{id:?}");
        assert_eq!(ids(&store, &all(Order::Id)).await.len(), odd.len() - deleted - 1);
    }
}

pub async fn ids_that_nearly_match_are_apart<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let near = ["abc", "ABC", "abc ", " abc", "abc\0", "ab", "abcd", "äbc", "a\u{308}bc"];
    put(&store, near.map(|id| doc(id, json!({"eventId": id}))).into()).await;
    assert_eq!(get(&store, "Abc").await, None);
    assert_eq!(store.delete(&THINGS, &["abc".to_owned()]).await.unwrap(), 1);
    assert_eq!(ids(&store, &all(Order::Id)).await.len(), near.len() - 1);
}

pub async fn values_that_look_like_commands_are_only_values<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let documents = ODD.iter().enumerate().map(|(n, value)| {
        doc(&format!("{n:02}"), json!({"category": value, "eventId": value, "price": 1, "name": value}))
    });
    put(&store, documents.collect()).await;
    for (n, value) in ODD.iter().enumerate() {
        let id = format!("{n:02}");
        assert_eq!(ids(&store, &only("category", json!(value), Order::Id)).await, [id.as_str()], "{value:?}");
        let ordered = only("category", json!(value), Order::Descending("price"));
        assert_eq!(ids(&store, &ordered).await, [id.as_str()], "{value:?}");
        assert_eq!(must_get(&store, &id).await.text("name"), Some(*value));
        let clash = store.insert_many(&THINGS, vec![doc("clash", json!({"eventId": value}))]).await.unwrap();
        assert_eq!(clash, [Inserted::DuplicateIndex(vec!["eventId".to_owned()])], "{value:?}");
    }
}

pub async fn keys_that_look_like_commands_are_only_keys<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, ODD.iter().map(|value| doc(value, json!({"category": value}))).collect()).await;
    let keys: Vec<String> = ODD.iter().map(|key| (*key).to_owned()).collect();
    let groups = store.find_grouped(&THINGS, "category", &keys, Order::Id, 5).await.unwrap();
    assert_eq!(groups.len(), ODD.len());
    for (key, documents) in groups {
        assert_eq!(documents.len(), 1);
        assert_eq!(documents[0].id, key);
    }
}

pub async fn field_names_of_bodies_may_be_odd<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let body =
        json!({"'": 1, "\"": 2, "a b": 3, "ü": 4, "--": 5, "nested": {"_id": 6, "a'b": 7}, "Category": "x"});
    put(&store, vec![doc("a", body.clone())]).await;
    assert_eq!(must_get(&store, "a").await.body, object(body));
    assert!(ids(&store, &only("category", json!("x"), Order::Id)).await.is_empty());
}
