//! The `PawnShop` resource (`pawnshop.dev/v1alpha1`): what a shop is made of, as one YAML, for `pawnshop up` and
//! for Kubernetes alike.
//!
//! [`PawnShop::parse`] tells every fault at once, each with its path: the file is checked against the very
//! schema that the API server uses ([`crd()`]), and against the rules in it, which are written twice, in CEL for
//! the API server and in Rust (`rules`). Doc comments of the fields (`spec`) are what `kubectl explain` prints.
//!
//! Not here: clients, the operator, anything that runs. To add a field: add it to a file of `spec` with a doc
//! comment, bounds and its rules, then `make crds`; a case that breaks it belongs in `testdata/bad`. Within
//! v1alpha1 fields are added, never removed or narrowed.

mod crd;
mod fault;
mod parse;
mod resolve;
mod rules;
mod schedule;
mod shape;
mod spec;
mod stock;
#[cfg(feature = "testing")]
pub mod testing;

pub use crd::crd;
pub use fault::{Fault, Faults};
pub use resolve::ResolvedPool;
pub use schedule::{Bounds, Cron, Schedules};
pub use spec::*;
pub use stock::{StockFlow, default_flows, stock_flows};
