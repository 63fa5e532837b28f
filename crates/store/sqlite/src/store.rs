use crate::change::{Change, Reply};
use crate::declare::Declared;
use crate::page::{self, Page};
use crate::row::Row;
use crate::sweep;
use crate::table::Table;
use async_trait::async_trait;
use pawnshop_domain::Instant;
use pawnshop_sqlite::{
    Connection, DataFolder, Database, GroupOptions, GroupWriter, OpenError, Schema, SqliteError, Synchronous,
    rusqlite,
};
use pawnshop_store::{Collection, Document, Filter, Find, Inserted, Order, Store, StoreError, rules};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinHandle;

const FILE: &str = "store.db";

/// Tables of collections come by declaration. `probe` is where a ping proves that there is room.
const SCHEMA: Schema = Schema {
    application_id: i32::from_be_bytes(*b"PwSt"),
    migrations: &["CREATE TABLE probe (room BLOB NOT NULL)"],
};

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

/// Documents in the file `store.db` of a data folder, which stays locked while this lives.
#[derive(Debug)]
pub struct SqliteStore {
    core: Arc<Core>,
    sweeper: JoinHandle<()>,
}

impl SqliteStore {
    /// Opens the store, or makes it, and starts its sweeper; within a tokio runtime.
    ///
    /// A file that is not ours, newer than this release, or damaged is refused unchanged.
    pub fn open(folder: &DataFolder, options: SqliteStoreOptions) -> Result<Self, OpenError> {
        let path = folder.file(FILE);
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|error| OpenError::Start { path: path.clone(), why: error.to_string() })?;
        let database = Database::open(&path, &SCHEMA, options.synchronous)?;
        let writer = GroupWriter::start(&database, GroupOptions::default())?;
        let core = Arc::new(Core {
            writer,
            database,
            max_bytes: options.max_bytes,
            tables: RwLock::default(),
            _folder: folder.clone(),
        });
        let sweeper = runtime.spawn(sweep::run(Arc::downgrade(&core), options.sweep_every));
        Ok(Self { core, sweeper })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.sweeper.abort();
    }
}

/// What the store and its sweeper share.
#[derive(Debug)]
pub(crate) struct Core {
    // Declared before the folder, so that the writer has ended when the folder's lock is given up.
    writer: GroupWriter<Change>,
    database: Database,
    max_bytes: Option<u64>,
    tables: RwLock<HashMap<&'static str, Arc<Table>>>,
    _folder: DataFolder,
}

impl Core {
    /// Commits a change.
    pub(crate) async fn write(&self, change: Change) -> Result<Reply, StoreError> {
        match self.writer.submit(change).await.map_err(store_error)? {
            Reply::Refused(why) => Err(StoreError::Refused(why)),
            reply => Ok(reply),
        }
    }

    /// The tables of all declared collections.
    pub(crate) fn tables(&self) -> Vec<Arc<Table>> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.database.read(work).await.map_err(store_error)
    }

    fn table(&self, collection: &Collection) -> Result<Arc<Table>, StoreError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.get(collection.name).cloned().ok_or_else(|| {
            StoreError::Refused(format!("the collection {:?} was not declared", collection.name))
        })
    }

    fn remember(&self, declared: Vec<Declared>) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        for Declared { collection, unique } in declared {
            let known = tables.get(collection.name).map(|table| table.indexes()).unwrap_or_default();
            let table = Table::new(&collection, known, unique);
            tables.insert(collection.name, Arc::new(table));
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        collections.iter().try_for_each(rules::declaration)?;
        let change = Change::Declare { collections: collections.to_vec(), max_bytes: self.core.max_bytes };
        if let Reply::Declared(declared) = self.core.write(change).await? {
            self.core.remember(declared);
        }
        Ok(())
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
        metrics::histogram!("pawnshop_store_batch_documents", "collection" => collection.name)
            .record(rows.len() as f64);
        match self.core.write(Change::Insert { table, rows }).await? {
            Reply::Inserted(answers) => Ok(answers),
            _ => Err(mismatched()),
        }
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        let table = self.core.table(collection)?;
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        self.core.read(move |connection| page::get(connection, &table, &ids, Instant::now())).await
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
            .read(move |connection| {
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
        self.core.read(move |connection| page.read_groups(connection, keys, limit, Instant::now())).await
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
            _ => Err(mismatched()),
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.core.write(Change::Probe).await.map(|_| ())
    }
}

impl SqliteStore {
    async fn replace(&self, change: Change) -> Result<bool, StoreError> {
        match self.core.write(change).await? {
            Reply::Replaced(done) => Ok(done),
            _ => Err(mismatched()),
        }
    }
}

/// Only a statement that failed on its own account will fail again.
fn store_error(error: SqliteError) -> StoreError {
    match error {
        SqliteError::Statement(_) => StoreError::Refused(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}

fn mismatched() -> StoreError {
    StoreError::Unavailable("the writer gave an answer to another question".to_owned())
}
