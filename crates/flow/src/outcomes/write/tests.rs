use super::super::{COLLECTION, DEFAULT_RETENTION, OutcomeRecord, Outcomes};
use super::REPLACED_TOGETHER;
use bytes::Bytes;
use pawnshop_domain::{EventId, FlowName, Instant};
use pawnshop_events::{ContentHash, Event};
use pawnshop_sqlite::DataFolder;
use pawnshop_store::Store;
use pawnshop_store::faulty::{Call, Fault, FaultyStore, Method};
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use std::sync::Arc;

const BUYS: FlowName = FlowName::fixed("buys");

const UPDATE: Method = Method::UpdateIfUnchanged;

/// More letters than are replaced at once.
const LETTERS: usize = REPLACED_TOGETHER + 40;

#[tokio::test]
async fn dead_letters_that_die_again_are_replaced_side_by_side() {
    let shop = Shop::open().await;
    let events = shop.letters("first").await;
    shop.outcomes.record(letters(&events, "again")).await.unwrap();
    assert_eq!(shop.store.calls(UPDATE), LETTERS);
    let most = shop.store.most_at_once(UPDATE);
    assert!((2..=REPLACED_TOGETHER).contains(&most), "{most} at once");
}

#[tokio::test]
async fn a_try_after_a_failed_one_writes_only_what_is_missing() {
    let shop = Shop::open().await;
    let events = shop.letters("first").await;
    let late = |call: &Call| call.method == UPDATE && call.earlier >= REPLACED_TOGETHER + 20;
    shop.store.fault(move |call| late(call).then(Fault::unavailable));
    shop.outcomes.record(letters(&events, "again")).await.unwrap_err();

    shop.store.heal();
    let before = shop.store.calls(UPDATE);
    shop.outcomes.record(letters(&events, "again")).await.unwrap();
    let updates = shop.store.calls(UPDATE) - before;
    assert!((1..LETTERS).contains(&updates), "{updates} of {LETTERS} were written again");

    shop.outcomes.record(letters(&events, "again")).await.unwrap();
    assert_eq!(shop.store.calls(UPDATE), before + updates);
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
    store: Arc<FaultyStore>,
    outcomes: Outcomes,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let sqlite = SqliteStore::open(&data, SqliteStoreOptions::default()).unwrap();
        let store = Arc::new(FaultyStore::over(Arc::new(sqlite)));
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
