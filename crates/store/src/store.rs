use crate::{Collection, Document};
use async_trait::async_trait;
use pawnshop_domain::Instant;
use serde_json::Value;
use std::collections::HashMap;

/// A document store.
///
/// Every method refuses a collection that this store was not told of by [`Store::declare`] since it was opened,
/// and what [`rules`](crate::rules) refuses; a call that is refused has changed nothing.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Makes collections and indexes exist (idempotent). An index added to a collection with documents is built;
    /// a unique one that the documents clash in is refused.
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError>;

    /// Inserts each document that is not there yet: unordered, one durable write, one answer per document
    /// in the order given. Within one call the first of two equal ids or unique values wins. A document that
    /// clashes by its id and by an index is a duplicate by its id.
    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError>;

    /// The documents of these ids that exist, in no particular order.
    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError>;

    /// A page of documents. A declared index must have just the fields of the filter and the order.
    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError>;

    /// For each key the first `limit` documents whose `field` equals it, in `order`; keys without any are
    /// absent. Answered for all keys in one round trip.
    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError>;

    /// Replaces a document if it still has the revision that `document` carries; `false` when it has not,
    /// or is gone. Refused when it would clash in a unique index.
    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError>;

    /// Inserts the document, or replaces the one of its id if the integer `field` is greater in the new one;
    /// one atomic operation. `false` when what is stored is as great or greater; a stored document without the
    /// integer is less. Refused when the new one lacks it, or would clash in a unique index.
    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError>;

    /// Deletes by id; how many there were.
    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError>;

    /// Whether the store would take a write now. May cost one: ask about once a second, not for every request.
    async fn ping(&self) -> Result<(), StoreError>;

    /// What time it is by the store's own clock: the one clock that all of a shop's processes share, where the store is
    /// a server. It may be coarser than a microsecond.
    async fn clock(&self) -> Result<Instant, StoreError>;

    /// What the store is, as traces call it (`db.system.name` of OpenTelemetry).
    fn system(&self) -> &'static str;
}

/// What an insert did with one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is stored.
    New,
    /// A document of this id is there already; it was left alone.
    DuplicateId,
    /// Another document has the same values in the unique index over these fields.
    DuplicateIndex(Vec<String>),
}

/// Which documents, in which order, from where, how many.
#[derive(Clone, Debug)]
pub struct Find {
    /// Only documents whose field equals a value; `None`: all.
    pub filter: Option<Filter>,
    /// The order; ids break ties, ascending.
    pub order: Order,
    /// Only what follows this position.
    pub after: Option<After>,
    /// The most documents to return.
    pub limit: usize,
}

/// A field equals a value.
#[derive(Clone, Debug)]
pub struct Filter {
    /// A top-level field that leads an index.
    pub field: &'static str,
    /// A string or an integer.
    pub value: Value,
}

/// The order of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By id, comparing bytes.
    Id,
    /// By an integer field, smallest first, then by id. Documents without the integer are left out.
    Ascending(&'static str),
    /// By an integer field, greatest first, then by id ascending. Documents without the integer are left out.
    Descending(&'static str),
}

/// The position of a document in an order: a keyset cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// The value of the order's field; 0 for [`Order::Id`].
    pub value: i64,
    /// The document's id.
    pub id: String,
}

/// Why the store could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Not reachable, timing out, full, not primary: may pass, says nothing about the documents (D2).
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The request itself can never succeed: an undeclared collection, a document the store cannot hold.
    #[error("the store refused: {0}")]
    Refused(String),
}

impl StoreError {
    /// The kind of the failure in one word, for traces.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
        }
    }
}
