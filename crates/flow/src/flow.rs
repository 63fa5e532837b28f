use crate::{Handler, Key, PoolConfig};
use pawnshop_domain::FlowName;
use pawnshop_messaging::Publisher;
use pawnshop_store::{Collection, Store};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A flow as its service registers it.
#[derive(Clone)]
pub struct Flow {
    /// Its name: the routing key, and the end of its queue's name.
    pub name: FlowName,
    /// The CloudEvents type that it carries: `pawnshop.buy-action.v1`.
    pub event_type: &'static str,
    /// How `applied` is proved.
    pub proof: Proof,
    /// The collections that its handler needs.
    pub collections: &'static [Collection],
    /// The keys of its pool's `config` that it reads; most flows read none.
    pub config: &'static [&'static dyn Key],
    /// How its events travel, and are handed to the handler.
    pub pacing: Pacing,
    /// Makes the handler, once per worker.
    pub handler: fn(&World) -> Arc<dyn Handler>,
}

impl Flow {
    /// Whether it cannot do without a word in its pool's `config`. Such a flow is served only where a pool lists it.
    pub fn needs_config(&self) -> bool {
        self.config.iter().any(|key| key.is_required())
    }

    /// The most of its events that may share a message (decision D8, ADR 15).
    pub fn max_events_per_message(&self) -> u16 {
        match self.pacing {
            Pacing::Together { max_events_per_message } => max_events_per_message,
            Pacing::Alone { .. } => 1,
        }
    }
}

/// How the events of a flow travel, and are handed to its handler.
#[derive(Clone, Copy)]
pub enum Pacing {
    /// All that were received together at once, and all are settled together: for handlers that write documents.
    Together {
        /// The most events that may share a message.
        max_events_per_message: u16,
    },
    /// Each in a message and in a call of its own, and settled when it has ended, however long others take: for handlers
    /// that wait for somebody outside. A worker holds those that it is at, and no others.
    Alone {
        /// The most calls at once.
        concurrency: fn(&PoolConfig) -> NonZeroUsize,
    },
}

/// What a handler may use.
#[derive(Clone)]
pub struct World {
    /// The shop's documents.
    pub store: Arc<dyn Store>,
    /// For follow-up events.
    pub publisher: Arc<dyn Publisher>,
    /// What the resource says to the flows of this pool. Its faults were told before any handler is made.
    pub config: PoolConfig,
}

/// How a flow proves that an event was applied (decision D3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A document of this collection has the event id as its id.
    DocumentId(Collection),
    /// A document of this collection has the event id in its unique indexed field `eventId`.
    EventIdField(Collection),
    /// Not recorded.
    Unrecorded,
}
