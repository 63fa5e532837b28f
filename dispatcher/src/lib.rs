//! The shop's HTTP edge: the routes of every service behind one listener, and what they have in common.
//!
//! - the public listener: the services' API, `GET /event/{eventId}`, `GET /overview`, its documentation, the console;
//! - the operations listener: probes and metrics; without one they are on the public listener;
//! - the admin listener, on a loopback address only: all of that, dead letters, and the console with their
//!   administration (decision D7).
//!
//! It knows a [`Publisher`](pawnshop_messaging::Publisher) and a [`Channel`](pawnshop_rpc::Channel) to the
//! workers, and never a broker, a store or a database driver. To add a service, add its line in `services.rs`.

mod admin;
mod console;
mod dispatcher;
mod docs;
mod errors;
mod event;
mod guard;
mod line;
mod operations;
mod options;
mod overview;
mod public;
mod server;
mod services;
mod traced;

pub use dispatcher::{Dispatcher, StartError};
pub use options::DispatcherOptions;
pub use server::ServerLimits;
pub use services::flows;
