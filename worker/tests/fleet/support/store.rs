use super::Switch;
use async_trait::async_trait;
use pawnshop_store::{Collection, Document, Find, Inserted, Order, Store, StoreError};
use pawnshop_store_sqlite::SqliteStore;
use std::collections::HashMap;

/// The real store behind switches.
pub(crate) struct Switched {
    inner: SqliteStore,
    /// Every call.
    pub(crate) all: Switch,
    /// Writes of outcome documents only.
    pub(crate) outcomes: Switch,
    /// Inserts only.
    pub(crate) inserts: Switch,
    /// Declaring only, which is refused.
    pub(crate) declare: Switch,
}

impl Switched {
    pub(crate) fn over(inner: SqliteStore) -> Self {
        let (all, outcomes) = (Switch::default(), Switch::default());
        Self { inner, all, outcomes, inserts: Switch::default(), declare: Switch::default() }
    }

    /// The store itself, which always works.
    pub(crate) fn inner(&self) -> &SqliteStore {
        &self.inner
    }

    async fn check(&self) -> Result<(), StoreError> {
        if self.all.fails().await { Err(StoreError::Unavailable("switched off".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Switched {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        self.check().await?;
        if self.declare.fails().await {
            return Err(StoreError::Refused("an index of this name has other fields".to_owned()));
        }
        self.inner.declare(collections).await
    }

    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError> {
        self.check().await?;
        let outcomes = collection.name == "outcomes";
        if self.inserts.fails().await || (outcomes && self.outcomes.fails().await) {
            return Err(StoreError::Unavailable("switched off".to_owned()));
        }
        self.inner.insert_many(collection, documents).await
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        self.check().await?;
        self.inner.get_many(collection, ids).await
    }

    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError> {
        self.check().await?;
        self.inner.find(collection, query).await
    }

    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        self.check().await?;
        self.inner.find_grouped(collection, field, keys, order, limit).await
    }

    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError> {
        self.check().await?;
        self.inner.update_if_unchanged(collection, document).await
    }

    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        self.check().await?;
        self.inner.upsert_if_greater(collection, document, field).await
    }

    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError> {
        self.check().await?;
        self.inner.delete(collection, ids).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.check().await?;
        self.inner.ping().await
    }
}
