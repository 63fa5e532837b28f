//! The broker on RabbitMQ (3.10 or later): [`pawnshop_messaging::Broker`] for a fleet of processes.
//!
//! - Every flow has a quorum queue, bound to the shop's topic exchange; a delay tier is an exchange and a quorum
//!   queue with a fixed time to live (decisions D6, D12). All of it is declared at each connect: `topology.rs`.
//! - Two supervised connections, one for publishing and one for consuming (D9), which reconnect for ever: `link.rs`.
//! - Publishing batches naturally (D8): events that come while confirms are outstanding share the next message:
//!   `publish.rs`. Whatever else is published (retries, returned events) goes out one message at a time: `send.rs`.
//! - While the broker takes no messages (an alarm), a publisher hears so at once; what a consumer must publish waits,
//!   and the consumer goes on with what it need not (D9): `send.rs`, `consume.rs`.
//! - Every consumed queue has a channel of its own, and a quiet one is now and then given another:
//!   `consume/pump/quiet.rs`.
//! - TLS for both protocols, with a client's certificate where the broker wants one: `tls.rs`; what a failed handshake
//!   means: `link/explain.rs`.
//! - Whoever only looks, as the operator does, declares nothing and needs no shop: `inspect.rs`.
//! - The backlog is read from the management API and told in events (K1): `backlog.rs`.
//!
//! What is confirmed survives a kill of the broker, with one exception that is the broker's: RabbitMQ without
//! rabbitmq/ra pull request 443 (of May 2024; 3.10 is) writes down that a quorum queue exists only when half a second
//! or more has passed (`names.dets`). A node that is killed before starts the queue empty; as the only member, it
//! then elects no leader either, until the queue is deleted. This is the first second of a queue, not of a message.
//!
//! Not here: what events mean, and when to retry; that is the worker's. To add a queue, name it in `names.rs` and
//! declare it in `topology.rs`; to publish to it, use `send.rs`.

mod backlog;
mod broker;
mod consume;
mod event_bytes;
mod inspect;
mod lane;
mod link;
mod management;
mod meters;
mod names;
mod options;
mod publish;
mod send;
mod shared;
mod tls;
mod topology;

pub use broker::RabbitBroker;
pub use inspect::{Inspector, TlsParts};
pub use options::{Deadlines, RabbitOptions, StartError, Tls, TlsFile};
