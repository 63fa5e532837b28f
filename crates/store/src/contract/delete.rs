//! Deleting.

use super::Backend;
use super::fixtures::{THINGS, all, doc, get, ids, only, put, things};
use crate::Order;
use serde_json::json;

pub async fn deleting_counts_what_was_there<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, ["a", "b", "c"].map(|id| doc(id, json!({}))).into()).await;
    let delete = async |ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        store.delete(&THINGS, &ids).await.unwrap()
    };
    assert_eq!(delete(&[]).await, 0);
    assert_eq!(delete(&["nowhere"]).await, 0);
    assert_eq!(delete(&["a", "nowhere", "b", "a"]).await, 2);
    assert_eq!(delete(&["a", "b"]).await, 0);
    assert_eq!(ids(&store, &all(Order::Id)).await, ["c"]);
}

pub async fn a_deleted_document_is_gone_from_every_read<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"category": "Motor", "price": 1}))]).await;
    store.delete(&THINGS, &["a".to_owned()]).await.unwrap();
    assert_eq!(get(&store, "a").await, None);
    for order in [Order::Id, Order::Ascending("price"), Order::Descending("price")] {
        assert!(ids(&store, &all(order)).await.is_empty());
        assert!(ids(&store, &only("category", json!("Motor"), order)).await.is_empty());
        let keys = ["Motor".to_owned()];
        assert!(store.find_grouped(&THINGS, "category", &keys, order, 5).await.unwrap().is_empty());
    }
}

pub async fn a_deleted_id_and_its_unique_value_are_free_again<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1"}))]).await;
    store.delete(&THINGS, &["a".to_owned()]).await.unwrap();
    put(&store, vec![doc("b", json!({"eventId": "e1"})), doc("a", json!({"eventId": "e2"}))]).await;
}
