//! The items service: items, and the history of what the shop did with them.
//!
//! It has three parts, each composed by another program: events and how they take effect (in the
//! worker), reads (in the worker), and the HTTP routes (in the dispatcher).

pub mod flows;
pub mod model;
pub mod proto;
