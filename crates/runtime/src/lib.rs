//! What every binary of Pawnshop shares: logs, metrics, shutdown, health.
//!
//! It is not a framework: nothing here starts a shop or knows one. A binary calls [`telemetry::init`] and
//! [`metrics::install`] first thing, waits on the token of [`shutdown::on_signal`], and hands a list of
//! [`Probe`]s to whoever serves `/readyz`. To add something, ask first whether two binaries need it.

mod health;
pub mod metrics;
mod rounds;
pub mod shutdown;
pub mod telemetry;

pub use health::{DependencyState, DependencyStatus, Probe, check_all};
pub use rounds::ProbeRounds;
