//! The scaling rule: a pool's backlog in, its worker count out. Pure: no clock, no I/O.
//!
//! The same rule sizes the tasks of an embedded shop and the Deployments of the operator.

mod backlog;

pub use backlog::Backlog;
