use super::presence::{LAST_SEEN, NAME, PRESENCE};
use super::*;
use crate::objects::OBJECTS_SERVICE;
use crate::played::{Does, Played};
use async_trait::async_trait;
use pawnshop_domain::{EventId, FlowName, Instant, ShopName};
use pawnshop_events::{ContentHash, Event};
use pawnshop_flow::{Handler, Outcome, Unavailable, World};
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_sqlite::{DataFolder, Synchronous};
use pawnshop_store::faulty::{Fault, FaultyStore, Method};
use pawnshop_store::{Document, Store};
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use std::net::SocketAddr;
use std::time::Duration;

const HOUR_US: i64 = 3_600_000_000;

/// Where the service hangs, and is waited for in vain.
const SHORT_LOOK_UPS: &str = r#", "lookupSeconds": 2"#;

/// The flow's handler over a store of its own.
struct Desk {
    store: Arc<FaultyStore>,
    handler: Arc<dyn Handler>,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn asking(address: SocketAddr, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        // What is under test is not durability.
        let options = SqliteStoreOptions { synchronous: Synchronous::Off, ..SqliteStoreOptions::default() };
        let store = Arc::new(FaultyStore::over(Arc::new(SqliteStore::open(&data, options).unwrap())));
        let config = format!(r#"{{"objectsUri": "http://{address}"{more}}}"#);
        let world =
            World { store: store.clone(), publisher: Arc::new(Silent), config: config.parse().unwrap() };
        let flow = flows().remove(0);
        assert!(world.config.faults(std::slice::from_ref(&flow)).is_empty());
        store.declare(flow.collections).await.unwrap();
        Self { store, handler: (flow.handler)(&world), _folder: folder }
    }

    async fn handle(&self, ids: &[&str]) -> Result<Vec<Outcome>, Unavailable> {
        let events: Vec<Event> = ids.iter().map(|id| changed(id)).collect();
        self.handler.handle(&events).await
    }

    async fn applies(&self, ids: &[&str]) {
        assert_eq!(self.handle(ids).await.unwrap(), vec![Outcome::Applied; ids.len()]);
    }

    async fn document(&self, id: &str) -> Option<Document> {
        self.store.get_many(&PRESENCE, &[id.to_owned()]).await.unwrap().pop()
    }

    async fn last_seen(&self, id: &str) -> Instant {
        Instant::from_micros(self.document(id).await.unwrap().integer(LAST_SEEN).unwrap())
    }
}

/// The flow has no follow-up events.
struct Silent;

#[async_trait]
impl Publisher for Silent {
    async fn publish(&self, flow: &FlowName, _: Vec<Event>) -> Result<(), PublishError> {
        Err(PublishError::UnknownFlow(flow.clone()))
    }
}

fn changed(id: &str) -> Event {
    let shop = ShopName::new("default", "downtown").unwrap();
    let payload = ObjectChanged { object_id: id.to_owned() };
    Event::new(EventId::fresh(), &shop, id, ContentHash::from_text("v1:00"), &payload)
}

#[tokio::test]
async fn an_object_that_is_online_is_remembered_for_a_while_and_an_offline_one_is_not() {
    let service = Played::start().await;
    service.online("1");
    service.object("2", Does::Tell(false, Duration::ZERO));
    let desk = Desk::asking(service.address, "").await;
    let before = Instant::now();
    desk.applies(&["1", "2"]).await;
    let document = desk.document("1").await.unwrap();
    let seen = Instant::from_micros(document.integer(LAST_SEEN).unwrap());
    assert!((before..=Instant::now()).contains(&seen), "{seen}");
    assert_eq!(document.expires_at, Some(seen.plus(Duration::from_secs(30))));
    assert_eq!(document.body.len(), 1);
    assert_eq!(desk.document("2").await, None);
}

#[tokio::test]
async fn how_long_an_object_counts_as_seen_is_configuration() {
    let service = Played::start().await;
    service.online("1");
    let desk = Desk::asking(service.address, r#", "seenForSeconds": 600"#).await;
    desk.applies(&["1"]).await;
    let until = desk.last_seen("1").await.plus(Duration::from_secs(600));
    assert_eq!(desk.document("1").await.unwrap().expires_at, Some(until));

    let desk = Desk::asking(service.address, r#", "seenForSeconds": 0.3"#).await;
    desk.applies(&["1"]).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while desk.document("1").await.is_some() {
        assert!(tokio::time::Instant::now() < deadline, "it is never gone");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn an_event_that_comes_again_moves_the_time_on_and_never_back() {
    let service = Played::start().await;
    service.online("1");
    let desk = Desk::asking(service.address, "").await;
    desk.applies(&["1"]).await;
    let first = desk.last_seen("1").await;
    desk.applies(&["1", "1"]).await;
    assert!(desk.last_seen("1").await > first);

    // As if another worker, or a later event, had seen it since.
    let later = Instant::now().plus(Duration::from_secs(20));
    let body = [(LAST_SEEN.to_owned(), later.as_micros().into())].into_iter().collect();
    desk.store.upsert_if_greater(&PRESENCE, Document::new("1", body), LAST_SEEN).await.unwrap();
    desk.applies(&["1"]).await;
    assert_eq!(desk.last_seen("1").await, later);
}

#[tokio::test]
async fn a_clock_that_is_ahead_of_the_stores_counts_as_the_stores() {
    let service = Played::start().await;
    service.online("1");
    let desk = Desk::asking(service.address, r#", "seenForSeconds": 86400"#).await;
    desk.store.move_clock(-HOUR_US);
    let by_the_store = |now: Instant| now.minus(Duration::from_secs(3_600));
    let before = by_the_store(Instant::now());
    desk.applies(&["1"]).await;
    let seen = desk.last_seen("1").await;
    assert!(seen <= by_the_store(Instant::now()), "{seen}");
    // How long the store took to tell its time is taken off.
    assert!(seen >= before.minus(Duration::from_secs(5)), "{seen}");
}

#[tokio::test]
async fn a_clock_that_is_behind_the_stores_counts_as_it_is() {
    let service = Played::start().await;
    service.online("1");
    let desk = Desk::asking(service.address, "").await;
    desk.store.move_clock(HOUR_US);
    let before = Instant::now();
    desk.applies(&["1"]).await;
    assert!((before..=Instant::now()).contains(&desk.last_seen("1").await));
}

#[tokio::test]
async fn the_stores_clock_is_asked_for_once_and_not_for_every_object() {
    let service = Played::start().await;
    let ids: Vec<String> = (0..50).map(|id| id.to_string()).collect();
    ids.iter().for_each(|id| service.online(id));
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let desk = Desk::asking(service.address, "").await;
    desk.applies(&ids).await;
    desk.applies(&ids).await;
    assert_eq!(desk.store.calls(Method::Clock), 1);
}

#[tokio::test]
async fn a_dead_service_costs_no_attempt_and_is_pinged_until_it_is_back() {
    let address = Played::nowhere().await;
    let desk = Desk::asking(address, "").await;
    let away = desk.handle(&["1"]).await.unwrap_err();
    assert_eq!(away.dependency, OBJECTS_SERVICE);
    assert!(away.reason.starts_with("no connection"), "{}", away.reason);
    assert!(desk.handler.ping(OBJECTS_SERVICE).await.is_err());

    let service = Played::start_at(address).await;
    service.online("1");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while desk.handler.ping(OBJECTS_SERVICE).await.is_err() {
        assert!(tokio::time::Instant::now() < deadline, "it is never back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    desk.applies(&["1"]).await;
}

#[tokio::test]
async fn a_service_that_hangs_costs_no_attempt_either() {
    let service = Played::start().await;
    service.object("1", Does::Hang);
    service.base(Does::Hang);
    let desk = Desk::asking(service.address, SHORT_LOOK_UPS).await;
    let away = desk.handle(&["1"]).await.unwrap_err();
    assert_eq!(away.dependency, OBJECTS_SERVICE);
    assert!(away.reason.starts_with("no answer within 2s"), "{}", away.reason);
}

#[tokio::test]
async fn an_objects_own_errors_are_its_own_and_its_neighbours_do_not_pay() {
    let service = Played::start().await;
    service.online("1");
    service.object("2", Does::Answer(500, String::new()));
    service.object("3", Does::Hang);
    let desk = Desk::asking(service.address, SHORT_LOOK_UPS).await;
    let outcomes = desk.handle(&["1", "2", "3", "4", "1"]).await.unwrap();
    assert_eq!(outcomes[0], Outcome::Applied);
    assert_eq!(outcomes[1], Outcome::Retry("the objects' service answers 500".to_owned()));
    assert_eq!(outcomes[2], Outcome::Retry("no answer within 2s".to_owned()));
    assert!(matches!(&outcomes[3], Outcome::Rejected(why) if why.code == "object_unknown"), "{outcomes:?}");
    assert_eq!(outcomes[4], Outcome::Applied);
}

#[tokio::test]
async fn no_more_are_asked_at_once_than_the_pool_says() {
    let service = Played::start().await;
    let ids: Vec<String> = (0..12).map(|id| id.to_string()).collect();
    ids.iter().for_each(|id| service.object(id, Does::Tell(true, Duration::from_millis(50))));
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let desk = Desk::asking(service.address, r#", "concurrency": 3"#).await;
    desk.applies(&ids).await;
    assert_eq!(service.asked().most_at_once, 3);
}

#[tokio::test]
async fn a_store_that_is_away_is_a_dependency_like_any_other() {
    let service = Played::start().await;
    service.online("1");
    let desk = Desk::asking(service.address, "").await;
    for method in [Method::Clock, Method::UpsertIfGreater] {
        desk.store.fault(move |call| (call.method == method).then(Fault::unavailable));
        assert_eq!(desk.handle(&["1"]).await.unwrap_err().dependency, Unavailable::STORE, "{method:?}");
    }
    desk.store.heal();
    desk.applies(&["1"]).await;
}

#[tokio::test]
async fn what_the_queue_brings_is_checked_again() {
    let service = Played::start().await;
    let desk = Desk::asking(service.address, "").await;
    let outcomes = desk.handle(&["..", ""]).await.unwrap();
    for outcome in outcomes {
        assert!(matches!(&outcome, Outcome::Rejected(why) if why.code == "invalid_object_id"), "{outcome:?}");
    }
    let mut foreign = changed("1");
    foreign.kind = "pawnshop.item.v1".to_owned();
    let mut unreadable = changed("1");
    unreadable.payload = bytes::Bytes::from_static(b"\xff\xff");
    let outcomes = desk.handler.handle(&[foreign, unreadable]).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Retry(_))), "{outcomes:?}");
    assert!(service.asked().objects.is_empty());
}

#[tokio::test]
async fn without_a_place_to_ask_the_service_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open(folder.path()).unwrap();
    let store = Arc::new(SqliteStore::open(&data, SqliteStoreOptions::default()).unwrap());
    let world = World { store, publisher: Arc::new(Silent), config: Default::default() };
    let handler = (flows()[0].handler)(&world);
    assert_eq!(handler.handle(&[changed("1")]).await.unwrap_err().dependency, OBJECTS_SERVICE);
    assert!(handler.ping(OBJECTS_SERVICE).await.is_err());
}

#[test]
fn the_flow_is_named_and_served_only_where_a_pool_lists_it() {
    let flow = flows().remove(0);
    assert_eq!((flow.name.clone(), flow.event_type), (NAME, "pawnshop.presence.v1"));
    assert!(flow.needs_config());
    assert_eq!(flow.max_events_per_message(), 1);
}
