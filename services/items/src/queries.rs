//! The read half of the service: the gRPC `ItemQueries` over the store. Every answer is bounded: the page, the
//! histories in it, the time it takes and the memory it needs meanwhile.

mod history;
mod list;

use crate::flows::item::{self, ITEMS};
use crate::proto::v1::item_queries_client::ItemQueriesClient;
use crate::proto::v1::item_queries_server::{ItemQueries, ItemQueriesServer};
use crate::proto::v1::{
    FetchHistoryRequest, FetchItemRequest, HistoryPage, ItemAdded, ItemPage, ItemWithHistory,
    ListItemsRequest,
};
use history::Kind;
use pawnshop_domain::{EventId, ItemId};
pub use pawnshop_queries::Limits;
use pawnshop_queries::{Turns, refused, unreadable};
use pawnshop_rpc::Channel;
use pawnshop_store::{Document, Store};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The most items in a page.
pub const MAX_ITEMS: u32 = 100;

/// The most actions in a history (decision D11).
pub const MAX_ACTIONS: u32 = 1_000;

/// A page ends before it would pass this, in bytes of its encoding (decision D11).
pub const MAX_PAGE_BYTES: usize = 4 << 20;

/// A page and its cursor, with room to spare: the largest item there can be takes 3.3 MiB.
const MAX_RESPONSE_BYTES: usize = 2 * MAX_PAGE_BYTES;

/// The longest name and cursor fit many times over.
const MAX_REQUEST_BYTES: usize = 64 << 10;

/// How many other queries a list may cost as much memory as: what it has in hand is at most about 30 MiB, any other query
/// a fifth of it.
const LIST_COUNTS_FOR: u32 = 4;

/// The gRPC service that answers from this store.
pub fn server(store: Arc<dyn Store>) -> ItemQueriesServer<Queries> {
    server_within(store, Limits::default())
}

/// The same within other limits.
pub fn server_within(store: Arc<dyn Store>, limits: Limits) -> ItemQueriesServer<Queries> {
    ItemQueriesServer::new(Queries { store, turns: Turns::new(limits, LIST_COUNTS_FOR) })
        .max_decoding_message_size(MAX_REQUEST_BYTES)
        .max_encoding_message_size(MAX_RESPONSE_BYTES)
}

/// A client of the service that takes the largest answer it can give.
pub fn client(channel: Channel) -> ItemQueriesClient<Channel> {
    ItemQueriesClient::new(channel)
        .max_decoding_message_size(MAX_RESPONSE_BYTES)
        .max_encoding_message_size(MAX_REQUEST_BYTES)
}

/// Answers item queries from a store.
pub struct Queries {
    store: Arc<dyn Store>,
    turns: Turns,
}

#[tonic::async_trait]
impl ItemQueries for Queries {
    async fn fetch_item(
        &self,
        request: Request<FetchItemRequest>,
    ) -> Result<Response<ItemWithHistory>, Status> {
        let id = item_id(&request.get_ref().id)?;
        self.turns.answer("fetch_item", 1, self.with_histories(&id)).await
    }

    async fn list_items(&self, request: Request<ListItemsRequest>) -> Result<Response<ItemPage>, Status> {
        let query = list::query(request.into_inner())?;
        self.turns.answer("list_items", LIST_COUNTS_FOR, self.page(query)).await
    }

    async fn fetch_history(
        &self,
        request: Request<FetchHistoryRequest>,
    ) -> Result<Response<HistoryPage>, Status> {
        let request = request.into_inner();
        let id = item_id(&request.item_id)?;
        let kind =
            Kind::of(request.kind).ok_or_else(|| Status::invalid_argument("unknown kind of action"))?;
        if !(1..=MAX_ACTIONS).contains(&request.limit) {
            return Err(Status::invalid_argument(format!("the limit must be 1 to {MAX_ACTIONS}")));
        }
        if let Some(after) = &request.after
            && after.event_id.parse::<EventId>().is_err()
        {
            return Err(Status::invalid_argument("the cursor's event id must be a UUID"));
        }
        self.turns
            .answer("fetch_history", 1, async {
                self.item(&id).await?;
                history::page(self.store.as_ref(), kind, &id, request.limit, request.after).await
            })
            .await
    }
}

impl Queries {
    async fn item(&self, id: &ItemId) -> Result<ItemAdded, Status> {
        let ids = [id.as_str().to_owned()];
        let found = self.store.get_many(&ITEMS, &ids).await.map_err(refused)?;
        read_item(found.first().ok_or_else(|| not_found(id))?)
    }
}

fn item_id(text: &str) -> Result<ItemId, Status> {
    text.parse().map_err(|error| Status::invalid_argument(format!("the item id {error}")))
}

fn read_item(document: &Document) -> Result<ItemAdded, Status> {
    item::from_document(document).ok_or_else(|| unreadable(&ITEMS, document))
}

fn not_found(id: &ItemId) -> Status {
    Status::not_found(format!("there is no item \"{id}\""))
}
