use async_trait::async_trait;
use pawnshop_domain::Rejection;
use pawnshop_events::Event;
use pawnshop_store::StoreError;

/// Does what a flow's events ask for.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Handles events of one flow, all at once: one outcome per event, in their order.
    ///
    /// Must be idempotent: any event may come again (G2). `Err` says that something the handler depends on
    /// failed; it counts against no event, and all of them come again (decision D2).
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable>;

    /// Whether an outside service that [`Handler::handle`] told unavailable answers again; asked with jittered
    /// back-off until it does, and then events come, few at first. `Err`: why not.
    async fn ping(&self, _dependency: &'static str) -> Result<(), String> {
        Ok(())
    }
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// In effect, and the flow's [`Proof`](crate::Proof) shows it.
    Applied,
    /// Another event had the same effect before; recorded as applied in an outcome document (decision D3).
    Repeated,
    /// It can never be applied.
    Rejected(Rejection),
    /// An event of the same id but another content was applied first: a reused key. Kept as a rejection of
    /// its own (decision D4).
    KeyReused,
    /// The event itself failed for this reason; it goes to its next delay tier, or to the dead letters.
    Retry(String),
}

/// A dependency of the handler is down, slow or blocked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{dependency} is unavailable: {reason}")]
pub struct Unavailable {
    /// Which one: [`Unavailable::STORE`], [`Unavailable::BROKER`], or the name of an outside service.
    pub dependency: &'static str,
    /// What happened.
    pub reason: String,
}

impl Unavailable {
    /// The shop's document store.
    pub const STORE: &'static str = "store";
    /// The shop's broker.
    pub const BROKER: &'static str = "broker";
}

/// A store that refuses is treated as one that is down: the fault lies in the program or the store's set-up.
/// A handler tells it apart where the fault may be an event's own, as a document that no store can hold is.
impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        Self { dependency: Self::STORE, reason: error.to_string() }
    }
}
