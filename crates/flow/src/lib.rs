//! What a flow is: a named stream of one kind of event, its handler, and how it proves that an event was
//! applied. Services register flows; the worker runs them all through one generic path.
//!
//! A handler returns an [`Outcome`] per event and never touches the broker (decision D1).

mod config;
mod flow;
mod handler;
pub mod insert;
pub mod outcomes;

pub use config::{ConfigFault, ConfigKey, Key, ParseConfigError, PoolConfig};
pub use flow::{Flow, Pacing, Proof, World};
pub use handler::{Handler, Outcome, Unavailable};
