//! Getting by id.

use super::Backend;
use super::fixtures::{THINGS, doc, in_an_hour, put, things};
use crate::Document;
use serde_json::json;

pub async fn those_that_exist_come_back<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let lasting = Document { expires_at: Some(in_an_hour()), ..doc("b", json!({"n": 2})) };
    put(&store, vec![doc("a", json!({"n": 1})), lasting.clone(), doc("c", json!({"n": 3}))]).await;
    let asked = ["c", "nowhere", "b"].map(str::to_owned);
    let mut found = store.get_many(&THINGS, &asked).await.unwrap();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    let [b, c] = found.try_into().unwrap();
    assert_eq!((b.body, b.expires_at), (lasting.body, lasting.expires_at));
    assert_eq!((c.id.as_str(), c.integer("n"), c.expires_at), ("c", Some(3), None));
}

pub async fn an_id_asked_for_twice_comes_once<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({}))]).await;
    let asked = ["a", "a", "b", "a"].map(str::to_owned);
    assert_eq!(store.get_many(&THINGS, &asked).await.unwrap().len(), 1);
}

pub async fn no_ids_give_no_documents<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({}))]).await;
    assert_eq!(store.get_many(&THINGS, &[]).await.unwrap(), []);
}

pub async fn thousands_of_ids_at_once<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, (0..500).map(|n| doc(&format!("{n}"), json!({"n": n}))).collect()).await;
    let asked: Vec<String> = (0..5000).map(|n| n.to_string()).collect();
    let found = store.get_many(&THINGS, &asked).await.unwrap();
    assert_eq!(found.len(), 500);
    assert!(found.iter().all(|document| document.integer("n").unwrap().to_string() == document.id));
}
