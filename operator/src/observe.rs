//! What is seen of the things that shops stand on, beside Kubernetes: their brokers, and their stores, by what workers
//! say.
//!
//! A broker is asked by its management API, once an interval for each distinct address, vhost and user, however many
//! shops share it, and each by a task of its own: one that hangs delays no other. Nothing of what it answers but
//! figures of the shops' own queues is kept, and nothing of a secret is told. Whatever answers may be anybody's: how much
//! of it is read has an end.

mod addresses;
mod body;
mod brokers;
mod management;
mod reading;
mod stores;
#[cfg(test)]
mod tests;
mod workers;

pub use brokers::Brokers;
pub use management::{Access, AccessError};
pub use pawnshop_scaling::Backlog;
pub use reading::{Observed, Queue, Reading, ReadingError};
pub use stores::Stores;
pub use workers::Workers;
