use async_trait::async_trait;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;

/// The publishing side of a broker.
#[async_trait]
pub trait Publisher: Send + Sync + 'static {
    /// Publishes events to one flow. `Ok` means that all of them are durable (G1); after an error any of
    /// them may still be, which the events' identities make harmless (G2).
    ///
    /// Safe to cancel: a dropped call may or may not have published. Answers within the backend's own
    /// deadline (G4).
    async fn publish(&self, flow: &FlowName, events: Vec<Event>) -> Result<(), PublishError>;

    /// What the broker is, as traces call it (`messaging.system` of OpenTelemetry): a queue of Pawnshop's own unless told.
    fn system(&self) -> &'static str {
        "pawnshop"
    }
}

/// Why events may not be durable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// No queue takes this flow.
    #[error("flow \"{0}\" has no queue")]
    UnknownFlow(FlowName),
    /// An event is larger than any message may be.
    #[error("an event of {size} bytes is over the limit of {limit}")]
    TooLarge {
        /// The event's encoded size in bytes.
        size: usize,
        /// The most a message may hold, in bytes.
        limit: usize,
    },
    /// The queue is at its bound; nothing was published.
    #[error("the queue is full: {0}")]
    Full(String),
    /// The broker cannot be reached, is blocked, or failed before anything was tried; nothing was published.
    #[error("the queue is unavailable: {0}")]
    Unavailable(String),
    /// Publishing was tried and no answer came: the events may have been accepted.
    #[error("the queue did not confirm: {0}")]
    Unconfirmed(String),
}

impl PublishError {
    /// The kind of the failure in one word, for traces.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownFlow(_) => "unknown_flow",
            Self::TooLarge { .. } => "too_large",
            Self::Full(_) => "full",
            Self::Unavailable(_) => "unavailable",
            Self::Unconfirmed(_) => "unconfirmed",
        }
    }
}
