//! `presence`: an object's state has changed, as somebody says. What it is now its service tells; where it is online, it
//! is remembered as seen at that time, for a while.

use super::clock::StoreClock;
use super::config::{CONCURRENCY, LOOKUP_SECONDS, OBJECTS_URI, SEEN_FOR_SECONDS};
use crate::model::ObjectId;
use crate::objects::{Found, LookUpError, OBJECTS_SERVICE, Objects};
use crate::proto::v1::{ObjectChanged, Presence};
use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use pawnshop_domain::{FlowName, Instant, Rejection};
use pawnshop_events::{Event, Payload};
use pawnshop_flow::{Handler, Outcome, Unavailable, World};
use pawnshop_store::{Collection, Document, Index, Store, StoreError};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// The flow's name.
pub const NAME: FlowName = FlowName::fixed("presence");

/// Every object that was seen of late, by its id.
pub const PRESENCE: Collection =
    Collection { name: "presence", indexes: &[Index { fields: &[LAST_SEEN], unique: false }] };

/// When an object was seen last, in microseconds since the Unix epoch.
pub(crate) const LAST_SEEN: &str = "lastSeen";

const SECONDS: &str = "pawnshop_presence_lookup_seconds";

/// Looks up the objects of events, and remembers those that are online.
pub(super) struct LookUps {
    /// `Err`: why there is no way to ask.
    objects: Result<Objects, String>,
    store: Arc<dyn Store>,
    clock: StoreClock,
    at_once: NonZeroUsize,
    seen_for: Duration,
}

impl LookUps {
    /// By what the world says of the pool. The faults of its config were told before, and keep a worker from starting.
    pub(super) fn new(world: &World) -> Self {
        metrics::describe_histogram!(
            SECONDS,
            metrics::Unit::Seconds,
            "How long a look-up at the objects' service took, by its result"
        );
        let config = &world.config;
        let at_once = config.get(&CONCURRENCY).unwrap_or_default().0;
        let deadline = config.get(&LOOKUP_SECONDS).unwrap_or_default().0;
        let objects = match config.get(&OBJECTS_URI) {
            Some(uri) => Objects::new(uri, deadline, at_once).map_err(|error| error.to_string()),
            None => Err("the pool's config does not say where it is".to_owned()),
        };
        Self {
            objects,
            store: Arc::clone(&world.store),
            clock: StoreClock::of(Arc::clone(&world.store)),
            at_once,
            seen_for: config.get(&SEEN_FOR_SECONDS).unwrap_or_default().0,
        }
    }

    async fn handle_one(&self, event: &Event) -> Result<Outcome, Unavailable> {
        let id = match object_id(event) {
            Ok(id) => id,
            Err(outcome) => return Ok(outcome),
        };
        let objects = self.objects.as_ref().map_err(|why| away(why.clone()))?;
        let begun = std::time::Instant::now();
        let found = objects.look_up(&id).await;
        metrics::histogram!(SECONDS, "result" => in_a_word(&found)).record(begun.elapsed());
        match found {
            Ok(Found::Online(at)) => self.remember(&id, at).await,
            Ok(Found::Offline) => Ok(Outcome::Applied),
            Err(LookUpError::Rejected(rejection)) => Ok(Outcome::Rejected(rejection)),
            Err(LookUpError::Object(reason)) => Ok(Outcome::Retry(reason)),
            Err(LookUpError::Service(reason)) => Err(away(reason)),
        }
    }

    /// Never goes back: where the object was seen later, this changes nothing, and is as good as applied.
    async fn remember(&self, id: &ObjectId, seen: Instant) -> Result<Outcome, Unavailable> {
        let seen = self.clock.not_after(seen).await?;
        let document = to_document(id, seen, self.seen_for);
        match self.store.upsert_if_greater(&PRESENCE, document, LAST_SEEN).await {
            Ok(_) => Ok(Outcome::Applied),
            Err(StoreError::Refused(reason)) => Ok(Outcome::Retry(format!("the store refused: {reason}"))),
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl Handler for LookUps {
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable> {
        // In a list first, as the compiler cannot see otherwise that a stream of them is `Send`.
        let each: Vec<_> = events.iter().map(|event| self.handle_one(event)).collect();
        stream::iter(each).buffered(self.at_once.get()).try_collect().await
    }

    async fn ping(&self, _dependency: &'static str) -> Result<(), String> {
        match &self.objects {
            Ok(objects) => objects.is_alive().await,
            Err(why) => Err(why.clone()),
        }
    }
}

/// The object that an event is about; or what becomes of an event that does not tell.
fn object_id(event: &Event) -> Result<ObjectId, Outcome> {
    if event.kind != ObjectChanged::EVENT_TYPE {
        let reason = format!("event type {:?} is not {}", event.kind, ObjectChanged::EVENT_TYPE);
        return Err(Outcome::Retry(reason));
    }
    let changed: ObjectChanged =
        event.payload().map_err(|error| Outcome::Retry(format!("the payload cannot be read: {error}")))?;
    changed.object_id.parse().map_err(|error| {
        Outcome::Rejected(Rejection::invalid("invalid_object_id", format!("the object id {error}")))
    })
}

fn in_a_word(found: &Result<Found, LookUpError>) -> &'static str {
    match found {
        Ok(Found::Online(_)) => "online",
        Ok(Found::Offline) => "offline",
        Err(LookUpError::Rejected(_)) => "rejected",
        Err(LookUpError::Object(_)) => "failed",
        Err(LookUpError::Service(_)) => "unavailable",
    }
}

fn away(reason: String) -> Unavailable {
    Unavailable { dependency: OBJECTS_SERVICE, reason }
}

fn to_document(id: &ObjectId, seen: Instant, seen_for: Duration) -> Document {
    let body = [(LAST_SEEN.to_owned(), seen.as_micros().into())].into_iter().collect();
    Document { expires_at: Some(seen.plus(seen_for)), ..Document::new(id.as_str(), body) }
}

/// Reads an object's document; `None` when it is not one.
pub(crate) fn from_document(document: &Document) -> Option<Presence> {
    Some(Presence { object_id: document.id.clone(), last_seen_us: document.integer(LAST_SEEN)? })
}
