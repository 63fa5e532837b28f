//! The embedded durable queue: [`pawnshop_messaging::Broker`] in one SQLite file, `queue.db` in the data folder,
//! for a shop that runs in one process.
//!
//! - Every flow has a table (`queue_<flow>`: seq, attempt, body), read in order by a cursor; what waits in a
//!   delay tier is in the table `delayed` until it is due and then goes to its flow's end.
//! - A publish is committed, and synced, before it is answered; concurrent publishes share commits.
//! - The file is this process's alone, so who holds which event is known in memory only and costs no writes.
//!   After a crash everything that was not settled is ready again.
//! - Memory holds what consumers hold and a few counts, whatever the backlog.
//!
//! Not here: what events mean, and when to retry; that is the worker's. To add a column or a table, append a
//! migration in `tables.rs`; to add an operation, a file beside `publish.rs` and a variant of `work::Work`.

mod broker;
mod consumer;
mod delays;
mod flow;
mod held;
mod options;
mod promote;
mod publish;
mod room;
mod rows;
mod settle;
mod storage;
mod tables;
mod work;

pub use broker::EmbeddedBroker;
pub use options::EmbeddedOptions;
pub use pawnshop_sqlite::{DataFolder, OpenError, Synchronous};
