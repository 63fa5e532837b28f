use async_trait::async_trait;
use pawnshop_store::{Collection, Document, Find, Inserted, Order, Store, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A store that answers within a deadline. One that is slow and yet answers probes is thereby a failed dependency,
/// and not the fault of the events that a handler had in hand (decision D2).
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
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        timeout(self.deadline, call)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable(format!("no answer within {:?}", self.deadline))))
    }
}

#[async_trait]
impl Store for TimedStore {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        self.within(self.store.declare(collections)).await
    }

    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError> {
        self.within(self.store.insert_many(collection, documents)).await
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        self.within(self.store.get_many(collection, ids)).await
    }

    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError> {
        self.within(self.store.find(collection, query)).await
    }

    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        self.within(self.store.find_grouped(collection, field, keys, order, limit)).await
    }

    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError> {
        self.within(self.store.update_if_unchanged(collection, document)).await
    }

    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        self.within(self.store.upsert_if_greater(collection, document, field)).await
    }

    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError> {
        self.within(self.store.delete(collection, ids)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.within(self.store.ping()).await
    }
}
