//! The document store on MongoDB, or on what speaks its protocol.
//!
//! A document stands as people expect it there: its id in `_id`, the fields of its body at the top level, so that
//! `db.items.find({category: "Motor"})` works, `_expiresAt` as a date and `_revision`. Integers are 64 bits wide.
//! Field names that MongoDB would take for paths or operators are escaped (`names`); a top-level null is absent, and
//! named in `_nulls`, so that a plain `$exists` tells unique indexes which documents to compare.
//!
//! Writes wait for a majority's journal, each for a bounded time; a reply with a write concern error, or none,
//! acknowledges nothing (decision D5). What the server says is sorted into "may pass" and "can never succeed" in
//! one place, `failure`. Reads go to the primary.
//!
//! It needs MongoDB 5.1 (`$documents`), so any 6.0 or later. It uses neither transactions nor change streams, nor
//! causal consistency: every write is one command, which may be repeated. A replica set is therefore no condition,
//! though the deployment that is meant: a standalone's majority is itself, and the driver repeats no write to it,
//! so that a connection that breaks is an outage to callers. With a replica set the driver repeats inserts and
//! updates once by itself; deletes of many, and what fails twice, are for the caller to repeat. On a sharded cluster
//! the collections must stay unsharded, since their unique indexes have no shard key. Verified is a single node of
//! SecantusDB, which speaks the protocol as a replica set does; a real MongoDB and the failover of a replica set
//! are not.
//!
//! Indexes carry `_id` last, so that ascending pages are read straight from them. A descending order has its ties
//! ascending, which no such index gives: the server sorts what matches and keeps a page of it.
//!
//! MongoDB undoes no call: where the server itself refuses one document of an insert (a validator that somebody set
//! on the collection), the others are there. Inserting them again finds them.
//!
//! Not here: what a store must do ([`pawnshop_store::Store`] and its contract) and what every backend refuses
//! ([`pawnshop_store::rules`]). To add an operation: a file for it, its line in `store`, its tests in the contract.

mod clock;
mod connect;
mod declare;
mod document;
mod failure;
mod groups;
mod insert;
mod names;
mod options;
mod query;
mod replace;
mod store;

pub use options::{Deadlines, MongoOptions, StartError, Tls};
pub use store::MongoStore;
