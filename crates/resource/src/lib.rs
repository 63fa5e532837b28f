//! The `PawnShop` resource (`pawnshop.dev/v1alpha1`): what a shop is made of, as one YAML, for `pawnshop up` and
//! for Kubernetes alike.
//!
//! [`PawnShop::parse`] tells every fault at once, each with its path: the file is checked against the very
//! schema that the API server uses ([`crd()`]), then against the rules between fields, which stand here twice,
//! in CEL for the API server and in Rust. Doc comments of the fields are what `kubectl explain` prints.
//!
//! Not here: clients, the operator, anything that runs. To add a field: add it to `shop.rs` with a doc comment,
//! a default and bounds, its rules to `cel.rs` and `rules.rs`, then `make crds`. Within v1alpha1 fields are
//! added, never removed or narrowed.

mod cel;
mod crd;
mod fault;
mod parse;
mod pools;
mod rules;
mod shape;
mod shop;

pub use crd::crd;
pub use fault::{Fault, Faults};
pub use pools::ResolvedPool;
pub use shop::{
    Autoscaling, Broker, Dispatcher, PawnShop, PawnShopSpec, Pool, SecretKeyRef, SecretValue, Store,
};
