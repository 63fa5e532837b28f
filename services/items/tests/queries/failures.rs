//! A store that fails, hangs or holds what it should not costs a request its answer, and nothing more.

use crate::support::{Shop, category, client, item};
use async_trait::async_trait;
use pawnshop_items::flows::item::ITEMS;
use pawnshop_items::proto::v1::{Category, FetchItemRequest, ListItemsRequest};
use pawnshop_items::queries::Limits;
use pawnshop_store::{Collection, Document, Find, Inserted, Order, Store, StoreError};
use serde_json::{Map, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tonic::Code;

#[tokio::test]
async fn a_store_that_fails_is_unavailable_and_one_that_refuses_an_internal_fault() {
    for (reads, code) in [
        (Reads::Fail(StoreError::Unavailable("down".to_owned())), Code::Unavailable),
        (Reads::Fail(StoreError::Refused("undeclared".to_owned())), Code::Internal),
    ] {
        let mut client = client(Arc::new(Stub::new(reads)), Limits::default());
        let failed = client.fetch_item(FetchItemRequest { id: "a".to_owned() }).await.unwrap_err();
        assert_eq!(failed.code(), code, "{failed:?}");
    }
}

#[tokio::test]
async fn a_store_that_hangs_is_unavailable_within_the_deadline() {
    let limits = Limits { deadline: Duration::from_millis(20), ..Limits::default() };
    let mut client = client(Arc::new(Stub::new(Reads::Hang)), limits);
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
    let stub = Arc::new(Stub::new(Reads::Items(100)));
    // A list counts for four.
    let limits = Limits { at_once: 8, ..Limits::default() };
    let client = client(stub.clone(), limits);
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
    let most = stub.most.load(Ordering::SeqCst);
    assert_eq!(most, 2, "lists at once");
}

/// A store that answers reads in one way.
struct Stub {
    reads: Reads,
    /// Grouped queries being answered now, and the most there ever were.
    now: AtomicUsize,
    most: AtomicUsize,
}

enum Reads {
    Fail(StoreError),
    Hang,
    /// So many items, each without a history.
    Items(usize),
}

impl Stub {
    fn new(reads: Reads) -> Self {
        Self { reads, now: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    async fn documents(&self) -> Result<Vec<Document>, StoreError> {
        match &self.reads {
            Reads::Fail(error) => Err(error.clone()),
            Reads::Hang => std::future::pending().await,
            Reads::Items(count) => Ok((0..*count).map(|at| document(&format!("{at:03}"))).collect()),
        }
    }
}

fn document(id: &str) -> Document {
    let item = item(id);
    let fields = [
        ("name", json!(item.name)),
        ("category", json!("Motor")),
        ("price", json!(item.price)),
        ("state", json!("Good")),
        ("ageInMonths", json!(item.age_in_months)),
    ];
    Document::new(id, fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

#[async_trait]
impl Store for Stub {
    async fn declare(&self, _: &[Collection]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn insert_many(&self, _: &Collection, _: Vec<Document>) -> Result<Vec<Inserted>, StoreError> {
        Ok(Vec::new())
    }

    async fn get_many(&self, _: &Collection, _: &[String]) -> Result<Vec<Document>, StoreError> {
        self.documents().await
    }

    async fn find(&self, _: &Collection, _: &Find) -> Result<Vec<Document>, StoreError> {
        self.documents().await
    }

    async fn find_grouped(
        &self,
        _: &Collection,
        _: &'static str,
        _: &[String],
        _: Order,
        _: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(HashMap::new())
    }

    async fn update_if_unchanged(&self, _: &Collection, _: Document) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn upsert_if_greater(
        &self,
        _: &Collection,
        _: Document,
        _: &'static str,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn delete(&self, _: &Collection, _: &[String]) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
