//! Documents in collections: what a store must be able to do for Pawnshop. Backends live in their own crates
//! and pass the same contract suite (feature `contract`).
//!
//! A document is a JSON object with an id. Reads never show an expired document and writes treat it as absent
//! (decision D10), however lazily a backend sweeps. A successful write survives the crash of any one process.
//!
//! To add a backend: implement [`Store`] in a crate beside `sqlite/`, refuse what [`rules`] refuses, measure what
//! [`meters`] measures, and put `pawnshop_store::contract!(TheBackend);` into a test.

mod collection;
#[cfg(feature = "contract")]
pub mod contract;
mod document;
#[cfg(feature = "testing")]
pub mod faulty;
pub mod meters;
pub mod rules;
mod store;

pub use collection::{Collection, Index};
pub use document::{Document, Revision};
pub use store::{After, Filter, Find, Inserted, Order, Store, StoreError};
