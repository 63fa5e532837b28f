//! The workers: they receive events, have them handled, and settle each by its outcome; and they answer reads.
//!
//! One generic path runs every flow (`consuming` receives, by the batch or event by event; `batch` sorts, `handling` runs
//! the flow's handler, `verdict` turns outcomes into settlements and outcome documents). A [`Fleet`] keeps pools of such workers,
//! sized by backlog, and serves gRPC: outcomes, dead letters, its figures, and the services' queries.
//!
//! Nothing here knows a service, but for the one line that each has in [`services`]; nothing here knows a
//! backend. A new flow is registered by its service. A new service is a crate and its line.

mod batch;
mod circuit;
mod consuming;
mod decided;
mod fleet;
mod grpc;
mod handling;
mod held;
mod metrics;
mod options;
mod pace;
mod pool;
pub mod services;
mod status;
mod tally;
mod timed_store;
mod trace;
mod verdict;
mod worker;

pub use fleet::{Fleet, FleetError, UnknownPool};
pub use options::{Deadlines, FleetOptions, PoolOptions, Probes};
pub use services::Service;
pub use status::{FleetStatus, FlowStatus, PoolStatus};
