use crate::change::{Change, Reply};
use crate::core::{Core, FILE};
use crate::page::{self, Page};
use crate::row::Row;
use crate::sweep::Sweeper;
use async_trait::async_trait;
use pawnshop_domain::Instant;
use pawnshop_sqlite::{DataFolder, OpenError, Synchronous};
use pawnshop_store::{Collection, Document, Filter, Find, Inserted, Order, Store, StoreError, meters, rules};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How an embedded store is kept.
#[derive(Clone, Copy, Debug)]
pub struct SqliteStoreOptions {
    /// Whether a commit waits for the disk; anything but `Full` breaks G1.
    pub synchronous: Synchronous,
    /// How often expired documents are deleted. They are gone from reads at once.
    pub sweep_every: Duration,
    /// The most bytes that the file may grow to; `None`: what the disk gives. Holds from the first
    /// [`Store::declare`] on.
    pub max_bytes: Option<u64>,
}

impl Default for SqliteStoreOptions {
    /// Synced, swept once a minute, bounded by the disk alone.
    fn default() -> Self {
        Self { synchronous: Synchronous::Full, sweep_every: Duration::from_secs(60), max_bytes: None }
    }
}

/// Documents in the file `store.db` of a data folder, which stays locked while this lives. Dropping it blocks
/// until what was accepted is committed and the file is closed.
#[derive(Debug)]
pub struct SqliteStore {
    // Declared first, so that it has ended when the file is closed.
    _sweeper: Sweeper,
    pub(crate) core: Arc<Core>,
    max_bytes: Option<u64>,
}

impl SqliteStore {
    /// Opens the store, or makes it, and starts its sweeper.
    ///
    /// A file that is not ours, newer than this release, or damaged is refused unchanged.
    pub fn open(folder: &DataFolder, options: SqliteStoreOptions) -> Result<Self, OpenError> {
        meters::describe();
        crate::sweep::describe();
        let core = Arc::new(Core::open(folder, &options)?);
        let sweeper = Sweeper::start(Arc::clone(&core), options.sweep_every)
            .map_err(|error| OpenError::Start { path: folder.file(FILE), why: error.to_string() })?;
        Ok(Self { _sweeper: sweeper, core, max_bytes: options.max_bytes })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        collections.iter().try_for_each(rules::declaration)?;
        self.core.declare(collections, self.max_bytes).await
    }

    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError> {
        let table = self.core.table(collection)?;
        let rows =
            documents.iter().map(|document| Row::encode(&table, document)).collect::<Result<Vec<_>, _>>()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        meters::inserting(collection, rows.len());
        match self.core.write(Change::Insert { table, rows }).await? {
            Reply::Inserted(answers) => Ok(answers),
            reply => Err(reply.unexpected()),
        }
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        let table = self.core.table(collection)?;
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        self.core
            .read("get_many", move |connection| page::get(connection, &table, &ids, Instant::now()))
            .await
    }

    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError> {
        let table = self.core.table(collection)?;
        if let Some(filter) = &query.filter {
            rules::filter(filter)?;
        }
        let filter = query.filter.as_ref().map(|filter| filter.field);
        let page = Page::new(&table, filter, query.order)?;
        let query = query.clone();
        self.core
            .read("find", move |connection| {
                let value = query.filter.as_ref().map(|Filter { value, .. }| value);
                page.read(connection, value, query.after.as_ref(), query.limit, Instant::now())
            })
            .await
    }

    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        let table = self.core.table(collection)?;
        let page = Page::new(&table, Some(field), order)?;
        let keys = keys.to_vec();
        self.core
            .read("find_grouped", move |connection| page.read_groups(connection, keys, limit, Instant::now()))
            .await
    }

    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError> {
        let table = self.core.table(collection)?;
        let row = Row::encode(&table, &document)?;
        let change = Change::Update { table, row, seen: document.revision };
        self.replace(change).await
    }

    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        let table = self.core.table(collection)?;
        rules::greater(&document, field)?;
        let row = Row::encode(&table, &document)?;
        self.replace(Change::Upsert { table, row, field }).await
    }

    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError> {
        let table = self.core.table(collection)?;
        match self.core.write(Change::Delete { table, ids: ids.to_vec() }).await? {
            Reply::Deleted(count) => Ok(count),
            reply => Err(reply.unexpected()),
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.core.write(Change::Probe).await.map(|_| ())
    }

    /// The process's: it is the store's only one.
    async fn clock(&self) -> Result<Instant, StoreError> {
        Ok(Instant::now())
    }

    fn system(&self) -> &'static str {
        "sqlite"
    }
}

impl SqliteStore {
    async fn replace(&self, change: Change) -> Result<bool, StoreError> {
        match self.core.write(change).await? {
            Reply::Replaced(done) => Ok(done),
            reply => Err(reply.unexpected()),
        }
    }
}
