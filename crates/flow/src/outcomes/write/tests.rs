use super::super::{COLLECTION, DEFAULT_RETENTION, OutcomeRecord, Outcomes};
use super::REPLACED_TOGETHER;
use async_trait::async_trait;
use bytes::Bytes;
use pawnshop_domain::{EventId, FlowName, Instant};
use pawnshop_events::{ContentHash, Event};
use pawnshop_sqlite::DataFolder;
use pawnshop_store::{Collection, Document, Find, Inserted, Order, Store, StoreError};
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const BUYS: FlowName = FlowName::fixed("buys");

/// More letters than are replaced at once.
const LETTERS: usize = REPLACED_TOGETHER + 40;

#[tokio::test]
async fn dead_letters_that_die_again_are_replaced_side_by_side() {
    let shop = Shop::open().await;
    let events = shop.letters("first").await;
    shop.outcomes.record(letters(&events, "again")).await.unwrap();
    assert_eq!(shop.store.updates.load(Ordering::SeqCst), LETTERS);
    let most = shop.store.most.load(Ordering::SeqCst);
    assert!((2..=REPLACED_TOGETHER).contains(&most), "{most} at once");
}

#[tokio::test]
async fn a_try_after_a_failed_one_writes_only_what_is_missing() {
    let shop = Shop::open().await;
    let events = shop.letters("first").await;
    shop.store.fails_after.store(REPLACED_TOGETHER + 20, Ordering::SeqCst);
    shop.outcomes.record(letters(&events, "again")).await.unwrap_err();

    shop.store.fails_after.store(usize::MAX, Ordering::SeqCst);
    shop.store.updates.store(0, Ordering::SeqCst);
    shop.outcomes.record(letters(&events, "again")).await.unwrap();
    let updates = shop.store.updates.swap(0, Ordering::SeqCst);
    assert!((1..LETTERS).contains(&updates), "{updates} of {LETTERS} were written again");

    shop.outcomes.record(letters(&events, "again")).await.unwrap();
    assert_eq!(shop.store.updates.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_replayed_letter_that_dies_of_the_same_again_is_no_longer_marked() {
    let shop = Shop::open().await;
    let events = shop.letters("same").await;
    let letter = shop.outcomes.letter(events[0].id).await.unwrap().unwrap();
    assert!(shop.outcomes.mark_replayed(&letter, Instant::now()).await.unwrap());
    shop.outcomes.record(letters(&events[..1], "same")).await.unwrap();
    let letter = shop.outcomes.letter(events[0].id).await.unwrap().unwrap();
    assert_eq!(letter.record.replayed, None);
}

fn letters(events: &[Event], reason: &str) -> Vec<OutcomeRecord> {
    events.iter().map(|event| OutcomeRecord::retries_exhausted(&BUYS, event, reason.to_owned())).collect()
}

struct Shop {
    store: Arc<Counting>,
    outcomes: Outcomes,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let store = Arc::new(Counting {
            inner: SqliteStore::open(&data, SqliteStoreOptions::default()).unwrap(),
            updates: AtomicUsize::new(0),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            fails_after: AtomicUsize::new(usize::MAX),
        });
        store.declare(&[COLLECTION]).await.unwrap();
        let outcomes = Outcomes::new(Arc::clone(&store) as Arc<dyn Store>, DEFAULT_RETENTION);
        Self { store, outcomes, _folder: folder }
    }

    /// Events that died of this reason, and are recorded.
    async fn letters(&self, reason: &str) -> Vec<Event> {
        let event = || Event {
            id: EventId::fresh(),
            source: "/shops/default/test".to_owned(),
            kind: "test.v1".to_owned(),
            subject: "thing".to_owned(),
            time: Instant::now(),
            traceparent: None,
            content_hash: ContentHash::from_text("v1:a"),
            attempt: 4,
            type_url: "type.googleapis.com/test.Thing".to_owned(),
            payload: Bytes::from_static(b"payload"),
        };
        let events: Vec<Event> = (0..LETTERS).map(|_| event()).collect();
        self.outcomes.record(letters(&events, reason)).await.unwrap();
        events
    }
}

/// The real store; counts its updates, and fails those after so many.
struct Counting {
    inner: SqliteStore,
    updates: AtomicUsize,
    /// Updates under way, and the most of them that ever were.
    now: AtomicUsize,
    most: AtomicUsize,
    fails_after: AtomicUsize,
}

#[async_trait]
impl Store for Counting {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        self.inner.declare(collections).await
    }

    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError> {
        self.inner.insert_many(collection, documents).await
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        self.inner.get_many(collection, ids).await
    }

    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError> {
        self.inner.find(collection, query).await
    }

    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        self.inner.find_grouped(collection, field, keys, order, limit).await
    }

    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError> {
        let before = self.updates.fetch_add(1, Ordering::SeqCst);
        if before >= self.fails_after.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("told to fail".to_owned()));
        }
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let answer = self.inner.update_if_unchanged(collection, document).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        self.inner.upsert_if_greater(collection, document, field).await
    }

    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError> {
        self.inner.delete(collection, ids).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}
