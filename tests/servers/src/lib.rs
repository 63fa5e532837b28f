//! Real servers for tests, benchmarks and `make fleet`: RabbitMQ, a MongoDB-wire server, toxiproxy between, Jaeger
//! beside.
//!
//! Each is a process of its own on free ports of the loopback, with its data in a folder, and ends with the
//! process that started it, even when that is killed: a small shell stands guard ([`Process`]). `BROKER_URI`
//! and `STORE_URI` put servers of your own in the place of the shared ones. `scripts/setup.sh` installs what
//! is needed; a test that cannot have its server says so with [`skip`].
//!
//! What the tests of our own programs share is in [`testing`].
//!
//! These are not stand-ins: nothing here speaks AMQP or MongoDB. To add a server, write how it is started,
//! and how one knows that it is ready, in a file beside `rabbit.rs`.

mod certificates;
mod door;
pub mod fleet;
mod folder;
mod http;
mod jaeger;
mod mongo;
mod ports;
mod process;
mod rabbit;
mod skips;
pub mod testing;
mod tools;
mod toxiproxy;
mod wait;

pub use certificates::Certificates;
pub use door::{Door, Mood};
pub use folder::Folder;
pub use jaeger::{Jaeger, Span, Trace};
pub use mongo::Mongo;
pub use ports::free as free_ports;
pub use process::{Launch, Process};
pub use rabbit::Rabbit;
pub use skips::{missing, skip};
pub use tools::{axe, browser, crds, helm, keda, promtool};
pub use toxiproxy::{Proxy, Toxiproxy};
pub use wait::until_ready;
