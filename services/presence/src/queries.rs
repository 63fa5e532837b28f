//! The read half of the service: the gRPC `PresenceQueries` over the store, which shows nothing that has expired.

use crate::flows::presence::{self, LAST_SEEN, PRESENCE};
use crate::model::ObjectId;
use crate::proto::v1::presence_queries_client::PresenceQueriesClient;
use crate::proto::v1::presence_queries_server::{PresenceQueries, PresenceQueriesServer};
use crate::proto::v1::{FetchPresenceRequest, ListPresencesRequest, Presence, PresencePage};
use pawnshop_queries::{Limits, Turns, refused, unreadable};
use pawnshop_rpc::Channel;
use pawnshop_store::{After, Document, Find, Order, Store};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The most objects in a page: of 200 characters each, with room to spare in a message of the size that gRPC takes unless
/// told otherwise.
pub const MAX_OBJECTS: u32 = 100;

/// The gRPC service that answers from this store.
pub fn server(store: Arc<dyn Store>) -> PresenceQueriesServer<Queries> {
    PresenceQueriesServer::new(Queries { store, turns: Turns::new(Limits::default(), 1) })
}

/// A client of the service.
pub fn client(channel: Channel) -> PresenceQueriesClient<Channel> {
    PresenceQueriesClient::new(channel)
}

/// Answers presence queries from a store.
pub struct Queries {
    store: Arc<dyn Store>,
    turns: Turns,
}

#[tonic::async_trait]
impl PresenceQueries for Queries {
    async fn fetch_presence(
        &self,
        request: Request<FetchPresenceRequest>,
    ) -> Result<Response<Presence>, Status> {
        let id = object_id(&request.get_ref().object_id)?;
        self.turns.answer("fetch_presence", 1, self.one(&id)).await
    }

    async fn list_presences(
        &self,
        request: Request<ListPresencesRequest>,
    ) -> Result<Response<PresencePage>, Status> {
        let ListPresencesRequest { limit, after } = request.into_inner();
        if !(1..=MAX_OBJECTS).contains(&limit) {
            return Err(Status::invalid_argument(format!("the limit must be 1 to {MAX_OBJECTS}")));
        }
        let after = match after {
            Some(last) => {
                Some(After { value: last.last_seen_us, id: object_id(&last.object_id)?.to_string() })
            }
            None => None,
        };
        self.turns.answer("list_presences", 1, self.page(limit as usize, after)).await
    }
}

impl Queries {
    async fn one(&self, id: &ObjectId) -> Result<Presence, Status> {
        let found = self.store.get_many(&PRESENCE, &[id.to_string()]).await.map_err(refused)?;
        let document = found
            .first()
            .ok_or_else(|| Status::not_found(format!("the object \"{id}\" was not seen of late")))?;
        read(document)
    }

    async fn page(&self, limit: usize, after: Option<After>) -> Result<PresencePage, Status> {
        // One more than is shown tells whether there are more.
        let query = Find { filter: None, order: Order::Descending(LAST_SEEN), after, limit: limit + 1 };
        let found = self.store.find(&PRESENCE, &query).await.map_err(refused)?;
        let more = found.len() > limit;
        let presences = found.iter().take(limit).map(read).collect::<Result<_, _>>()?;
        Ok(PresencePage { presences, more })
    }
}

fn object_id(text: &str) -> Result<ObjectId, Status> {
    text.parse().map_err(|error| Status::invalid_argument(format!("the object id {error}")))
}

fn read(document: &Document) -> Result<Presence, Status> {
    presence::from_document(document).ok_or_else(|| unreadable(&PRESENCE, document))
}
