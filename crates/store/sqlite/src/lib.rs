//! The embedded document store: the file `store.db` in a data folder, for one process.
//!
//! Each collection is a table `c_<name>` of id, JSON body, expiry and revision. An index is one over expressions,
//! `json_extract(body, '$.field')`, with the id last: SQLite builds it for the documents that are there and keeps
//! it, whichever release writes next. Measured against real columns, filled by us, with 300-byte documents, three
//! indexes and 500 rows a commit: equal within the noise (46-50k and 46-52k rows/s), in a file a sixth smaller.
//! Tables keep their rowids: without them bodies would stand within the tree of ids, which made reads by an
//! index a fifth slower and inserts of random ids a quarter.
//!
//! Writes go through one thread that commits all that wait together ([`pawnshop_sqlite::GroupWriter`]); reads run
//! beside it. A query must name its index, so that one that no index serves fails instead of getting slow.
//!
//! Not here: what a store must do ([`pawnshop_store::Store`] and its contract) and what every backend refuses
//! ([`pawnshop_store::rules`]). To add an operation: a variant of `Change` if it writes, a function in `page` if
//! it reads, and its tests in the contract.

mod change;
mod core;
mod declare;
mod insert;
mod page;
mod replace;
mod row;
mod store;
mod sweep;
mod table;

pub use store::{SqliteStore, SqliteStoreOptions};

#[cfg(test)]
mod tests;
