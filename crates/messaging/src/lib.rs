//! What a broker must be able to do for Pawnshop: durable publish, at-least-once consume, settle per event,
//! retry by delay tier, tell its backlog. Backends live in their own crates and pass the same contract suite
//! (feature `contract`).
//!
//! The contract (decision D10): at-least-once, unordered; an event ends by being settled; what is not settled
//! comes again when its consumer ends or is lost; a retry comes not before its tier.

mod broker;
mod consumer;
#[cfg(feature = "contract")]
pub mod contract;
mod publisher;
mod retry;
mod sending;

pub use broker::{Broker, BrokerError};
pub use consumer::{Consumer, Receipt, Received, Settlement, Undecodable};
pub use publisher::{PublishError, Publisher};
pub use retry::{RetrySchedule, Tier};
pub use sending::sending;
