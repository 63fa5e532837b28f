//! A shop of items and actions on a real store, asked over the gRPC contract.

use pawnshop_domain::{EventId, ShopName};
use pawnshop_events::{ContentHash, Event};
use pawnshop_flow::insert::{InsertHandler, ToDocument};
use pawnshop_flow::{Handler, Outcome};
use pawnshop_items::flows::flows;
use pawnshop_items::proto::v1::item_queries_client::ItemQueriesClient;
use pawnshop_items::proto::v1::list_items_request::Filter;
use pawnshop_items::proto::v1::{
    Action, BuyAction, Category, FetchItemRequest, ItemAdded, ItemPage, ItemWithHistory, ListItemsRequest,
    State,
};
use pawnshop_items::queries;
use pawnshop_rpc::{Channel, in_process};
use pawnshop_sqlite::{DataFolder, Synchronous};
use pawnshop_store::Store;
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use std::sync::Arc;
use tonic::Status;
use tonic::service::Routes;

/// A shop whose events are applied by the service's own handlers.
pub(crate) struct Shop {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) client: ItemQueriesClient<Channel>,
    _folder: tempfile::TempDir,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        // What is under test is not durability.
        let options = SqliteStoreOptions { synchronous: Synchronous::Off, ..SqliteStoreOptions::default() };
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&data, options).unwrap());
        for flow in flows() {
            store.declare(flow.collections).await.unwrap();
        }
        let client = client(Arc::clone(&store), queries::Limits::default());
        Self { store, client, _folder: folder }
    }

    /// Applies one event per payload; their ids are made of `key` and their place.
    pub(crate) async fn apply<T: ToDocument>(&self, key: &str, payloads: &[T]) {
        let shop = ShopName::new("default", "downtown").unwrap();
        let handler = InsertHandler::<T>::new(Arc::clone(&self.store));
        let events: Vec<Event> = payloads
            .iter()
            .enumerate()
            .map(|(at, payload)| {
                let id = EventId::derived(&[T::EVENT_TYPE, key, &at.to_string()]);
                Event::new(id, &shop, "subject", ContentHash::from_text("v1:00"), payload)
            })
            .collect();
        for events in events.chunks(256) {
            let outcomes = handler.handle(events).await.unwrap();
            assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?}");
        }
    }

    pub(crate) async fn fetch(&self, id: &str) -> Result<ItemWithHistory, Status> {
        let request = FetchItemRequest { id: id.to_owned() };
        Ok(self.client.clone().fetch_item(request).await?.into_inner())
    }

    pub(crate) async fn list(&self, filter: Filter, limit: u32, after: &str) -> Result<ItemPage, Status> {
        let request = ListItemsRequest { filter: Some(filter), limit, after: after.to_owned() };
        Ok(self.client.clone().list_items(request).await?.into_inner())
    }

    /// Every page of a list, following `next` to its end.
    pub(crate) async fn pages(&self, filter: Filter, limit: u32) -> Vec<ItemPage> {
        let mut pages = vec![self.list(filter.clone(), limit, "").await.unwrap()];
        while let Some(next) = pages.last().and_then(|page| page.next.clone()) {
            pages.push(self.list(filter.clone(), limit, &next).await.unwrap());
        }
        pages
    }
}

/// A client of the queries over any store.
pub(crate) fn client(store: Arc<dyn Store>, limits: queries::Limits) -> ItemQueriesClient<Channel> {
    queries::client(in_process(Routes::new(queries::server_within(store, limits))))
}

pub(crate) fn item(id: &str) -> ItemAdded {
    ItemAdded {
        id: id.to_owned(),
        name: "Peugeot 504".to_owned(),
        category: Category::Motor.into(),
        price: 120_000,
        state: State::Good.into(),
        age_in_months: 600,
    }
}

pub(crate) fn buy(item: &str, date_us: i64) -> BuyAction {
    BuyAction { client_id: "ann".to_owned(), item_id: item.to_owned(), price: 1, date_us }
}

pub(crate) fn category(category: Category) -> Filter {
    Filter::Category(category.into())
}

pub(crate) fn ids(page: &ItemPage) -> Vec<&str> {
    page.items.iter().map(|item| item.item.as_ref().unwrap().id.as_str()).collect()
}

/// An action's place in its history.
pub(crate) fn place(action: &Action) -> (i64, &str) {
    use pawnshop_items::proto::v1::action::Action as Content;
    let date_us = match action.action.as_ref().unwrap() {
        Content::Buy(buy) => buy.date_us,
        Content::Sell(sell) => sell.date_us,
        Content::Pawn(pawn) => pawn.date_us,
    };
    (date_us, &action.event_id)
}
