//! A store that fails, hangs or holds what it should not costs a request its answer, and nothing more.

use crate::support::{Shop, category, client, item};
use pawnshop_items::flows::item::ITEMS;
use pawnshop_items::proto::v1::{Category, FetchItemRequest, ItemAdded, ListItemsRequest};
use pawnshop_items::queries::Limits;
use pawnshop_store::faulty::{Call, Fault, FaultyStore, Method};
use pawnshop_store::{Document, StoreError};
use serde_json::{Map, json};
use std::sync::Arc;
use std::time::Duration;
use tonic::Code;

#[tokio::test]
async fn a_store_that_fails_is_unavailable_and_one_that_refuses_an_internal_fault() {
    let shop = Shop::open().await;
    for (error, code) in [
        (StoreError::Unavailable("down".to_owned()), Code::Unavailable),
        (StoreError::Refused("undeclared".to_owned()), Code::Internal),
    ] {
        let store = faulty(&shop, move |_| Some(Fault::Fail(error.clone())));
        let mut client = client(store, Limits::default());
        let failed = client.fetch_item(FetchItemRequest { id: "a".to_owned() }).await.unwrap_err();
        assert_eq!(failed.code(), code, "{failed:?}");
    }
}

#[tokio::test]
async fn a_store_that_hangs_is_unavailable_within_the_deadline() {
    let shop = Shop::open().await;
    let limits = Limits { deadline: Duration::from_millis(20), ..Limits::default() };
    let mut client = client(faulty(&shop, |_| Some(Fault::Hang)), limits);
    let answer = client.fetch_item(FetchItemRequest { id: "a".to_owned() });
    let answer = tokio::time::timeout(Duration::from_secs(10), answer).await.unwrap();
    assert_eq!(answer.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_named() {
    let shop = Shop::open().await;
    let strange = Map::from_iter([("name".to_owned(), json!("strange")), ("eventId".to_owned(), json!("e"))]);
    shop.store.insert_many(&ITEMS, vec![Document::new("strange", strange)]).await.unwrap();
    let failed = shop.fetch("strange").await.unwrap_err();
    assert_eq!(failed.code(), Code::DataLoss);
    assert!(failed.message().contains("strange"), "{failed:?}");
}

#[tokio::test]
async fn many_lists_at_once_wait_their_turn() {
    let shop = Shop::open().await;
    let items: Vec<ItemAdded> = (0..100).map(|at| item(&format!("{at:03}"))).collect();
    shop.apply("items", &items).await;
    let slow = |call: &Call| call.method == Method::FindGrouped;
    let store = faulty(&shop, move |call| slow(call).then_some(Fault::Delay(Duration::from_millis(10))));
    // A list counts for four.
    let limits = Limits { at_once: 8, ..Limits::default() };
    let client = client(store.clone(), limits);
    let lists = (0..16).map(|_| {
        let mut client = client.clone();
        tokio::spawn(async move {
            let filter = Some(category(Category::Motor));
            client.list_items(ListItemsRequest { filter, limit: 100, after: String::new() }).await
        })
    });
    for list in lists.collect::<Vec<_>>() {
        assert_eq!(list.await.unwrap().unwrap().into_inner().items.len(), 100);
    }
    assert_eq!(store.most_at_once(Method::FindGrouped), 2, "lists at once");
}

/// The shop's store behind this rule.
fn faulty(shop: &Shop, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Arc<FaultyStore> {
    let store = FaultyStore::over(Arc::clone(&shop.store));
    store.fault(rule);
    Arc::new(store)
}
