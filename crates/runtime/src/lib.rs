//! What every binary of Pawnshop shares: settings, logs, metrics, shutdown, health, bounded listeners, the choice of TLS.
//!
//! It is not a framework: nothing here starts a shop or knows one. A binary that only serves implements
//! [`process::Process`] and calls [`process::run`]; any other calls [`tls::install_provider`], reads its [`settings`],
//! calls [`telemetry::init`] and [`metrics::install`], and waits on the token of [`shutdown::on_signal`]. Both hand a
//! list of [`Probe`]s to whoever serves `/readyz`. To add something, ask first whether two binaries need it.

pub mod connections;
mod health;
pub mod metrics;
pub mod operations;
pub mod process;
mod rounds;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod tls;

pub use health::{DependencyState, DependencyStatus, Probe, check_all, probe};
pub use rounds::ProbeRounds;
