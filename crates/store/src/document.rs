use pawnshop_domain::Instant;
use serde_json::{Map, Value};

/// One document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its identity within the collection.
    pub id: String,
    /// From this instant on it is gone from reads; `None`: never.
    pub expires_at: Option<Instant>,
    /// Its fields. `_id` and names that start with `_` are the store's own.
    pub body: Map<String, Value>,
    /// Which state of the document this is; set by the store, ignored on insert.
    pub revision: Revision,
}

/// The state of a document that an update says it has seen. Every write gives the document one that this id never
/// had before, also after a deletion; there is no order among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revision(pub i64);

impl Document {
    /// A document that never expires.
    pub fn new(id: impl Into<String>, body: Map<String, Value>) -> Self {
        Self { id: id.into(), expires_at: None, body, revision: Revision::default() }
    }

    /// A top-level field as text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str)
    }

    /// A top-level field as an integer.
    pub fn integer(&self, field: &str) -> Option<i64> {
        self.body.get(field).and_then(Value::as_i64)
    }
}
