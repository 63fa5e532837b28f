//! What every binary of Pawnshop shares: settings, logs, metrics, shutdown, health, the choice of TLS.
//!
//! It is not a framework: nothing here starts a shop or knows one. A binary calls [`tls::install_provider`],
//! reads its [`settings`], calls [`telemetry::init`] and [`metrics::install`], waits on the token of
//! [`shutdown::on_signal`], and hands a list of [`Probe`]s to whoever serves `/readyz`. To add something, ask first whether two binaries need it.

mod health;
pub mod metrics;
pub mod operations;
mod rounds;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod tls;

pub use health::{DependencyState, DependencyStatus, Probe, check_all};
pub use rounds::ProbeRounds;
