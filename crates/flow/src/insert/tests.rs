use super::*;
use bytes::Bytes;
use pawnshop_domain::{EventId, Instant, RejectionKind};
use pawnshop_events::ContentHash;
use pawnshop_sqlite::DataFolder;
use pawnshop_store::faulty::{Fault, FaultyStore, Method};
use pawnshop_store::{Find, Index};
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use serde_json::Map;

/// A thing with an id of its own, as an item is.
#[derive(Clone, PartialEq, prost::Message)]
struct Thing {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    content: String,
}

/// A deed, known by its event alone, as an action is.
#[derive(Clone, PartialEq, prost::Message)]
struct Deed {
    #[prost(string, tag = "1")]
    content: String,
}

impl prost::Name for Thing {
    const NAME: &'static str = "Thing";
    const PACKAGE: &'static str = "test";
}

impl prost::Name for Deed {
    const NAME: &'static str = "Deed";
    const PACKAGE: &'static str = "test";
}

impl Payload for Thing {
    const EVENT_TYPE: &'static str = "test.thing.v1";
}

impl Payload for Deed {
    const EVENT_TYPE: &'static str = "test.deed.v1";
}

const THINGS: Collection =
    Collection { name: "things", indexes: &[Index { fields: &[EVENT_ID], unique: true }] };
const DEEDS: Collection = Collection { name: "deeds", indexes: &[] };

impl ToDocument for Thing {
    const COLLECTION: Collection = THINGS;

    fn to_document(&self, _: &Event) -> Result<Document, Rejection> {
        if self.content == "bad" {
            return Err(Rejection::invalid("bad_content", "it is bad"));
        }
        let mut body = Map::from_iter([("content".to_owned(), Value::from(self.content.as_str()))]);
        if self.content == "unholdable" {
            body.insert("_own".to_owned(), Value::from("names that start with _ are the store's"));
        }
        Ok(Document::new(self.id.as_str(), body))
    }
}

impl ToDocument for Deed {
    const COLLECTION: Collection = DEEDS;

    fn to_document(&self, event: &Event) -> Result<Document, Rejection> {
        let body = Map::from_iter([("content".to_owned(), Value::from(self.content.as_str()))]);
        Ok(Document::new(event.id.to_string(), body))
    }
}

/// A store in a folder of its own.
struct Shop {
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let store = SqliteStore::open(&data, SqliteStoreOptions::default()).unwrap();
        store.declare(&[THINGS, DEEDS]).await.unwrap();
        Self { store: Arc::new(store), _folder: folder }
    }

    /// One whose inserts all meet this fault.
    async fn with(fault: Fault) -> Self {
        let Self { store, _folder } = Self::open().await;
        let store = FaultyStore::over(store);
        store.fault(move |call| (call.method == Method::InsertMany).then(|| fault.clone()));
        Self { store: Arc::new(store), _folder }
    }

    async fn things(&self, events: &[Event]) -> Vec<Outcome> {
        InsertHandler::<Thing>::new(Arc::clone(&self.store)).handle(events).await.unwrap()
    }

    async fn deeds(&self, events: &[Event]) -> Vec<Outcome> {
        InsertHandler::<Deed>::new(Arc::clone(&self.store)).handle(events).await.unwrap()
    }

    /// Every document's id and content.
    async fn all(&self, collection: &Collection) -> Vec<(String, String)> {
        let query = Find { filter: None, order: Order::Id, after: None, limit: 1_000 };
        let found = self.store.find(collection, &query).await.unwrap();
        found
            .into_iter()
            .map(|document| (document.id.clone(), document.text("content").unwrap().to_owned()))
            .collect()
    }
}

fn event<P: Payload>(key: &str, content: &str, payload: &P) -> Event {
    Event {
        id: EventId::derived(&[key]),
        source: "/shops/default/test".to_owned(),
        kind: P::EVENT_TYPE.to_owned(),
        subject: "subject".to_owned(),
        time: Instant::from_micros(0),
        traceparent: None,
        content_hash: ContentHash::from_text(content),
        attempt: 0,
        type_url: P::type_url(),
        payload: Bytes::from(payload.encode_to_vec()),
    }
}

/// The event `key` asks for the thing `id` with this content.
fn thing(key: &str, id: &str, content: &str) -> Event {
    event(key, content, &Thing { id: id.to_owned(), content: content.to_owned() })
}

fn deed(key: &str, content: &str) -> Event {
    event(key, content, &Deed { content: content.to_owned() })
}

fn taken(id: &str) -> Outcome {
    Outcome::Rejected(Rejection::conflict("already_exists", format!("\"{id}\" exists with other content")))
}

fn pair(id: &str, content: &str) -> (String, String) {
    (id.to_owned(), content.to_owned())
}

#[tokio::test]
async fn every_event_becomes_one_document_with_its_event_and_its_hash() {
    let shop = Shop::open().await;
    let outcomes = shop.things(&[thing("e1", "a", "red"), thing("e2", "b", "blue")]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
    assert_eq!(shop.all(&THINGS).await, [pair("a", "red"), pair("b", "blue")]);

    let stored = shop.store.get_many(&THINGS, &["a".to_owned()]).await.unwrap();
    assert_eq!(stored[0].text(EVENT_ID), Some(EventId::derived(&["e1"]).to_string().as_str()));
    assert_eq!(stored[0].text(CONTENT_HASH), Some("red"));
}

#[tokio::test]
async fn an_event_that_comes_again_is_applied_with_no_further_effect() {
    let shop = Shop::open().await;
    let things = [thing("e1", "a", "red"), thing("e2", "b", "blue")];
    let deeds = [deed("e3", "bought"), deed("e4", "sold")];
    for _ in 0..3 {
        assert_eq!(shop.things(&things).await, [Outcome::Applied, Outcome::Applied]);
        assert_eq!(shop.deeds(&deeds).await, [Outcome::Applied, Outcome::Applied]);
    }
    assert_eq!(shop.all(&THINGS).await.len(), 2);
    assert_eq!(shop.all(&DEEDS).await.len(), 2);
}

#[tokio::test]
async fn a_reused_key_leaves_the_first_content_in_place() {
    let shop = Shop::open().await;
    shop.deeds(&[deed("e1", "bought")]).await;
    assert_eq!(shop.deeds(&[deed("e1", "sold")]).await, [Outcome::KeyReused]);
    assert_eq!(shop.all(&DEEDS).await[0].1, "bought");

    shop.things(&[thing("e2", "a", "red")]).await;
    assert_eq!(shop.things(&[thing("e2", "a", "blue")]).await, [Outcome::KeyReused]);
    assert_eq!(shop.all(&THINGS).await, [pair("a", "red")]);
}

#[tokio::test]
async fn a_reused_key_is_found_under_another_documents_id() {
    let shop = Shop::open().await;
    shop.things(&[thing("e1", "a", "red")]).await;
    assert_eq!(shop.things(&[thing("e1", "b", "blue")]).await, [Outcome::KeyReused]);
    // A generated id that came out differently: the same request all the same.
    assert_eq!(shop.things(&[thing("e1", "b", "red")]).await, [Outcome::Applied]);
    assert_eq!(shop.all(&THINGS).await, [pair("a", "red")]);
}

#[tokio::test]
async fn a_reused_key_that_also_hits_a_taken_id_is_still_a_reused_key() {
    let shop = Shop::open().await;
    shop.things(&[thing("e1", "a", "red"), thing("e2", "b", "blue")]).await;
    for content in ["green", "blue"] {
        assert_eq!(shop.things(&[thing("e1", "b", content)]).await, [Outcome::KeyReused], "{content}");
    }
}

#[tokio::test]
async fn another_event_for_the_same_thing_is_a_repetition_or_a_conflict() {
    let shop = Shop::open().await;
    shop.things(&[thing("e1", "a", "red")]).await;
    let outcomes = shop.things(&[thing("e2", "a", "red"), thing("e3", "a", "blue")]).await;
    assert_eq!(outcomes, [Outcome::Repeated, taken("a")]);
    assert!(
        matches!(&outcomes[1], Outcome::Rejected(rejection) if rejection.kind == RejectionKind::Conflict)
    );
    assert_eq!(shop.all(&THINGS).await, [pair("a", "red")]);
}

#[tokio::test]
async fn duplicates_within_one_batch_are_told_apart_like_any_other() {
    let shop = Shop::open().await;
    let outcomes = shop
        .things(&[
            thing("e1", "a", "red"),
            thing("e1", "a", "red"),
            thing("e1", "a", "blue"),
            thing("e2", "a", "red"),
            thing("e3", "a", "blue"),
            thing("e1", "b", "blue"),
            thing("e4", "c", "green"),
        ])
        .await;
    assert_eq!(
        outcomes,
        [
            Outcome::Applied,
            Outcome::Applied,
            Outcome::KeyReused,
            Outcome::Repeated,
            taken("a"),
            Outcome::KeyReused,
            Outcome::Applied,
        ]
    );
    assert_eq!(shop.all(&THINGS).await, [pair("a", "red"), pair("c", "green")]);
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_costs_its_neighbours_nothing() {
    let shop = Shop::open().await;
    let mut garbled = thing("e2", "b", "blue");
    garbled.payload = Bytes::from_static(&[0x0a, 0xff]);
    let events = [
        thing("e1", "a", "red"),
        garbled,
        deed("e3", "bought"),
        thing("e4", "d", "bad"),
        thing("e5", "e", "green"),
    ];
    let outcomes = shop.things(&events).await;
    assert_eq!(outcomes[0], Outcome::Applied);
    assert!(matches!(&outcomes[1], Outcome::Retry(why) if why.contains("payload")), "{:?}", outcomes[1]);
    assert!(matches!(&outcomes[2], Outcome::Retry(why) if why.contains("test.deed.v1")), "{:?}", outcomes[2]);
    assert_eq!(outcomes[3], Outcome::Rejected(Rejection::invalid("bad_content", "it is bad")));
    assert_eq!(outcomes[4], Outcome::Applied);
    assert_eq!(shop.all(&THINGS).await, [pair("a", "red"), pair("e", "green")]);
}

#[tokio::test]
async fn a_batch_without_a_document_asks_nothing_of_the_store() {
    let shop = Shop::with(Fault::unavailable()).await;
    let handler = InsertHandler::<Thing>::new(Arc::clone(&shop.store));
    assert_eq!(handler.handle(&[]).await.unwrap(), []);
    assert!(matches!(handler.handle(&[deed("e1", "")]).await.unwrap()[..], [Outcome::Retry(_)]));
}

#[tokio::test]
async fn a_document_that_vanished_is_tried_again() {
    for answer in [Inserted::DuplicateId, Inserted::DuplicateIndex(vec![EVENT_ID.to_owned()])] {
        let shop = Shop::with(Fault::Answer(vec![answer])).await;
        let outcomes = shop.things(&[thing("e1", "a", "red")]).await;
        assert!(matches!(&outcomes[..], [Outcome::Retry(why)] if why.contains("vanished")), "{outcomes:?}");
    }
}

#[tokio::test]
async fn a_clash_in_an_index_that_says_nothing_of_the_event_is_the_events_own_failure() {
    let answer = Inserted::DuplicateIndex(vec!["name".to_owned()]);
    let shop = Shop::with(Fault::Answer(vec![answer])).await;
    let outcomes = shop.things(&[thing("e1", "a", "red")]).await;
    assert_eq!(outcomes, [Outcome::Retry("duplicate on index name".to_owned())]);
}

#[tokio::test]
async fn a_document_that_the_store_refuses_is_its_events_own_failure() {
    let shop = Shop::open().await;
    shop.things(&[thing("e0", "there", "red")]).await;
    let events = [
        thing("e1", "a", "red"),
        thing("e2", "b", "unholdable"),
        thing("e3", "c", "bad"),
        thing("e4", "there", "blue"),
        thing("e5", "d", "red"),
    ];
    let outcomes = shop.things(&events).await;
    assert_eq!(outcomes[0], Outcome::Applied);
    assert!(matches!(&outcomes[1], Outcome::Retry(why) if why.contains("_own")), "{outcomes:?}");
    assert!(matches!(&outcomes[2], Outcome::Rejected(why) if why.code == "bad_content"));
    assert_eq!(outcomes[3..], [taken("there"), Outcome::Applied]);
    let kept = ["a", "d", "there"].map(|id| (id.to_owned(), "red".to_owned()));
    assert_eq!(shop.all(&THINGS).await, kept);
    assert!(matches!(shop.things(&events[1..2]).await[..], [Outcome::Retry(_)]));
}

#[tokio::test]
async fn a_store_that_fails_or_answers_short_counts_against_no_event() {
    for fault in [Fault::unavailable(), Fault::Answer(vec![])] {
        let shop = Shop::with(fault).await;
        let handler = InsertHandler::<Thing>::new(Arc::clone(&shop.store));
        let failed = handler.handle(&[thing("e1", "a", "red")]).await.unwrap_err();
        assert_eq!(failed.dependency, "store");
    }
}
