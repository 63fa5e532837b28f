//! Every registered flow on a real store: an event takes effect once, and its proof is where the flow says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may panic as the test may")]

use async_trait::async_trait;
use pawnshop_domain::{EventId, FlowName, ShopName};
use pawnshop_events::{ContentHash, Event, Payload};
use pawnshop_flow::insert::EVENT_ID;
use pawnshop_flow::{Flow, Outcome, PoolConfig, Proof, World};
use pawnshop_items::flows::flows;
use pawnshop_items::flows::item::ITEMS;
use pawnshop_items::proto::v1::{BuyAction, Category, ItemAdded, PawnAction, SellAction, State};
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_sqlite::DataFolder;
use pawnshop_store::{Collection, Document, Filter, Find, Order, Store};
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use std::sync::Arc;

#[tokio::test]
async fn every_flow_applies_its_event_once_and_proves_it() {
    let shop = Shop::open().await;
    for flow in flows() {
        let event = event(flow.event_type);
        for _ in 0..2 {
            let outcomes = shop.handle(&flow, std::slice::from_ref(&event)).await;
            assert_eq!(outcomes, [Outcome::Applied], "{}", flow.name);
        }
        let (collection, field) = match flow.proof {
            Proof::DocumentId(collection) => (collection, None),
            Proof::EventIdField(collection) => (collection, Some(EVENT_ID)),
            Proof::Unrecorded => panic!("{} records nothing", flow.name),
        };
        let proofs = shop.proofs(&collection, field, event.id).await;
        assert_eq!(proofs.len(), 1, "{}", flow.name);
        assert_eq!(proofs[0].text("contentHash"), Some("v1:00"));
    }
}

#[tokio::test]
async fn a_flow_takes_no_event_of_another() {
    let shop = Shop::open().await;
    for flow in flows() {
        for other in flows().iter().filter(|other| other.name != flow.name) {
            let outcomes = shop.handle(&flow, &[event(other.event_type)]).await;
            assert!(matches!(outcomes[..], [Outcome::Retry(_)]), "{} took {}", flow.name, other.name);
        }
    }
}

#[tokio::test]
async fn an_item_with_other_content_is_refused_by_its_name() {
    let shop = Shop::open().await;
    let flow = &flows()[0];
    shop.handle(flow, &[event("pawnshop.item.v1")]).await;
    let mut dearer = item();
    dearer.price += 1;
    let dearer = wrap("other", "v1:01", &dearer);
    let outcomes = shop.handle(flow, &[dearer]).await;
    assert!(
        matches!(&outcomes[..], [Outcome::Rejected(why)] if why.code == "item_already_exists"),
        "{outcomes:?}"
    );
    let items = shop.store.get_many(&ITEMS, &["SKU 12".to_owned()]).await.unwrap();
    assert_eq!(items[0].integer("price"), Some(120_000));
}

fn item() -> ItemAdded {
    ItemAdded {
        id: "SKU 12".to_owned(),
        name: "Peugeot 504".to_owned(),
        category: Category::Motor.into(),
        price: 120_000,
        state: State::Good.into(),
        age_in_months: 600,
    }
}

/// An event of this type that its flow takes.
fn event(event_type: &str) -> Event {
    let (client_id, item_id) = ("ann".to_owned(), "SKU 12".to_owned());
    let (price, date_us) = (7, 1_769_860_800_000_000);
    match event_type {
        ItemAdded::EVENT_TYPE => wrap("first", "v1:00", &item()),
        BuyAction::EVENT_TYPE => wrap("first", "v1:00", &BuyAction { client_id, item_id, price, date_us }),
        SellAction::EVENT_TYPE => {
            wrap("first", "v1:00", &SellAction { client_id, item_id, price, date_us, profit: -1 })
        }
        PawnAction::EVENT_TYPE => wrap(
            "first",
            "v1:00",
            &PawnAction { client_id, item_id, price, date_us, tax: 12, limit_days: 90 },
        ),
        other => panic!("no sample of {other}"),
    }
}

fn wrap<P: Payload>(key: &str, hash: &str, payload: &P) -> Event {
    let shop = ShopName::new("default", "downtown").unwrap();
    let id = EventId::derived(&[P::EVENT_TYPE, key]);
    Event::new(id, &shop, "SKU 12", ContentHash::from_text(hash), payload)
}

/// A store of this service's collections, in a folder of its own.
struct Shop {
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let store = SqliteStore::open(&data, SqliteStoreOptions::default()).unwrap();
        for flow in flows() {
            store.declare(flow.collections).await.unwrap();
        }
        Self { store: Arc::new(store), _folder: folder }
    }

    async fn handle(&self, flow: &Flow, events: &[Event]) -> Vec<Outcome> {
        let world = World {
            store: Arc::clone(&self.store),
            publisher: Arc::new(Silent),
            config: PoolConfig::default(),
        };
        (flow.handler)(&world).handle(events).await.unwrap()
    }

    async fn proofs(
        &self,
        collection: &Collection,
        field: Option<&'static str>,
        id: EventId,
    ) -> Vec<Document> {
        let id = id.to_string();
        let Some(field) = field else { return self.store.get_many(collection, &[id]).await.unwrap() };
        let filter = Some(Filter { field, value: id.into() });
        self.store.find(collection, &Find { filter, order: Order::Id, after: None, limit: 2 }).await.unwrap()
    }
}

/// These flows have no follow-up events.
struct Silent;

#[async_trait]
impl Publisher for Silent {
    async fn publish(&self, flow: &FlowName, _: Vec<Event>) -> Result<(), PublishError> {
        Err(PublishError::UnknownFlow(flow.clone()))
    }
}
