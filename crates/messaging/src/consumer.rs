use crate::{BrokerError, Tier};
use async_trait::async_trait;
use bytes::Bytes;
use pawnshop_domain::FlowName;
use pawnshop_events::{DecodeError, Event};

/// One consumer of some flows. Dropping it returns everything that it has not settled.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Waits for at least one event and takes up to `max` of those that are there; at most one flow's at a
    /// time is not promised. Safe to cancel: nothing received is lost, it comes again.
    async fn receive(&self, max: usize) -> Result<Vec<Received>, BrokerError>;

    /// Ends events for good or sends them back, all in one go. Settling a receipt twice has no effect.
    ///
    /// What must wait for a broker that takes nothing (an alarm) may outlast the call, so that what need not wait goes
    /// on (decision D9): if it fails in the end, the event comes again and the next `receive` is told.
    async fn settle(&self, settlements: Vec<(Receipt, Settlement)>) -> Result<(), BrokerError>;
}

/// One event as it was received.
#[derive(Debug)]
pub struct Received {
    /// Names this delivery of the event when it is settled.
    pub receipt: Receipt,
    /// The flow whose queue it came from.
    pub flow: FlowName,
    /// The event, or the bytes that are none.
    pub event: Result<Event, Undecodable>,
    /// Why the broker gave the event up, when it comes from the broker's own dead letters: it is to be filed as a
    /// dead letter and not handled (decision D3).
    pub given_up: Option<String>,
}

/// Bytes in a flow's queue that are not an event.
#[derive(Debug)]
pub struct Undecodable {
    /// What was there: whole, unless the error says where the rest is.
    pub bytes: Bytes,
    /// Why it is not an event.
    pub error: DecodeError,
}

/// Names one delivery of one event; meaningful only to the consumer that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(pub u64);

/// What becomes of a received event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It has ended: applied, rejected, or kept as a dead letter. It never comes again.
    Done,
    /// It failed: it comes again after the tier's delay, with one attempt more.
    Retry(Tier),
    /// It was not tried: it is ready again at once, with nothing counted.
    Return,
}
