//! Finds a fleet's workers and balances reads over them.
//!
//! - A [`Discovery`] tells which endpoints there are: [`StaticList`], [`Dns`], [`Kubernetes`]; a [`Source`] is one of them
//!   as a setting says it. To add a source, implement the trait and give it a form in `source.rs`.
//! - [`balanced`] makes of it the [`Channel`](pawnshop_rpc::Channel) that every client of a worker stands on: it picks
//!   among the endpoints that serve, and sets those that fail aside for a while. [`balanced_with_roster`] gives a way to
//!   each of them as well.
//!
//! It is no service mesh and does not retry: `pawnshop_edge::Edge::read` does, and says by
//! [`Tried`](pawnshop_rpc::Tried) whom to ask no more. How many bytes a message may have is the clients' affair.

mod balance;
mod dns;
mod endpoint;
mod host;
mod kubernetes;
mod names;
mod source;
mod static_list;

pub use balance::{BalanceOptions, balanced, balanced_with_roster};
pub use dns::Dns;
pub use endpoint::{Discovery, Endpoint, Readiness};
pub use host::{HostPort, HostPortError};
pub use kubernetes::Kubernetes;
pub use source::{ParseError, Source, parse};
pub use static_list::StaticList;
