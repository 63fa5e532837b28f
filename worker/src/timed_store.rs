use async_trait::async_trait;
use pawnshop_domain::Instant;
use pawnshop_store::{Collection, Document, Find, Inserted, Order, Store, StoreError};
use pawnshop_trace::{SpanExt, child};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracing::{Instrument, Span};

/// A store that answers within a deadline, each call of it in a span. One that is slow and yet answers probes is thereby a
/// failed dependency, and not the fault of the events that a handler had in hand (decision D2).
pub(crate) struct TimedStore {
    store: Arc<dyn Store>,
    deadline: Duration,
}

impl TimedStore {
    /// The same store, each call of it bounded.
    pub(crate) fn over(store: Arc<dyn Store>, deadline: Duration) -> Self {
        Self { store, deadline }
    }

    async fn within<T>(
        &self,
        span: Span,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let answer = timeout(self.deadline, call.instrument(span.clone())).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!("no answer within {:?}", self.deadline)))
        });
        answer.inspect_err(|error| span.fail(error.kind(), error))
    }

    /// The span of an operation on a collection, by OpenTelemetry's conventions for database clients; `batch` is how many
    /// documents or ids it is about, told where it is more than one.
    fn span(&self, operation: &'static str, collection: &Collection, batch: usize) -> Span {
        child!(
            "store",
            otel.name = format!("{operation} {}", collection.name),
            otel.kind = "client",
            db.system.name = self.store.system(),
            db.operation.name = operation,
            db.collection.name = collection.name,
            db.operation.batch.size = (batch > 1).then_some(batch),
        )
    }
}

#[async_trait]
impl Store for TimedStore {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        self.within(Span::none(), self.store.declare(collections)).await
    }

    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError> {
        let span = self.span("insert_many", collection, documents.len());
        self.within(span, self.store.insert_many(collection, documents)).await
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        let span = self.span("get_many", collection, ids.len());
        self.within(span, self.store.get_many(collection, ids)).await
    }

    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError> {
        let span = self.span("find", collection, 1);
        self.within(span, self.store.find(collection, query)).await
    }

    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        let span = self.span("find_grouped", collection, keys.len());
        self.within(span, self.store.find_grouped(collection, field, keys, order, limit)).await
    }

    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError> {
        let span = self.span("update_if_unchanged", collection, 1);
        self.within(span, self.store.update_if_unchanged(collection, document)).await
    }

    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        let span = self.span("upsert_if_greater", collection, 1);
        self.within(span, self.store.upsert_if_greater(collection, document, field)).await
    }

    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError> {
        let span = self.span("delete", collection, ids.len());
        self.within(span, self.store.delete(collection, ids)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.within(Span::none(), self.store.ping()).await
    }

    async fn clock(&self) -> Result<Instant, StoreError> {
        self.within(Span::none(), self.store.clock()).await
    }

    fn system(&self) -> &'static str {
        self.store.system()
    }
}
