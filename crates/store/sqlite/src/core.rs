use crate::change::{Change, Reply};
use crate::declare::Declared;
use crate::store::SqliteStoreOptions;
use crate::table::Table;
use pawnshop_sqlite::{
    Connection, DataFolder, Database, GroupOptions, GroupWriter, OpenError, Schema, SqliteError, rusqlite,
};
use pawnshop_store::{Collection, StoreError, meters};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// The file's name in its data folder.
pub(crate) const FILE: &str = "store.db";

/// How long an index of a large collection may take to build.
const DECLARE_TIMEOUT: Duration = Duration::from_secs(600);

/// Tables of collections come by declaration. `probe` is where a ping proves that there is room.
pub(crate) const SCHEMA: Schema = Schema {
    application_id: i32::from_be_bytes(*b"PwSt"),
    migrations: &["CREATE TABLE probe (room BLOB NOT NULL)"],
};

/// What the store and its sweeper share.
#[derive(Debug)]
pub(crate) struct Core {
    // Declared before the folder, so that the writer has ended when the folder's lock is given up.
    writer: GroupWriter<Change>,
    database: Database,
    tables: RwLock<HashMap<&'static str, Arc<Table>>>,
    _folder: DataFolder,
}

impl Core {
    /// Opens the file and starts its writer.
    pub(crate) fn open(folder: &DataFolder, options: &SqliteStoreOptions) -> Result<Self, OpenError> {
        let database = Database::open(&folder.file(FILE), &SCHEMA, options.synchronous)?;
        let writer = GroupWriter::start(&database, GroupOptions::default())?;
        Ok(Self { writer, database, tables: RwLock::default(), _folder: folder.clone() })
    }

    /// Commits a change.
    pub(crate) async fn write(&self, change: Change) -> Result<Reply, StoreError> {
        let (operation, started) = (change.name(), Instant::now());
        let result = match self.writer.submit(change).await {
            Ok(refused @ Reply::Refused(_)) => Err(refused.unexpected()),
            Ok(reply) => Ok(reply),
            Err(error) => Err(store_error(error)),
        };
        meters::ended(operation, started.elapsed(), &result);
        result
    }

    /// The tables of all declared collections.
    pub(crate) fn tables(&self) -> Vec<Arc<Table>> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Reads what is committed, off the async threads.
    pub(crate) async fn read<T, F>(&self, operation: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let started = Instant::now();
        let result = self.database.read(work).await.map_err(store_error);
        meters::ended(operation, started.elapsed(), &result);
        result
    }

    /// The table of a declared collection.
    pub(crate) fn table(&self, collection: &Collection) -> Result<Arc<Table>, StoreError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.get(collection.name).cloned().ok_or_else(|| {
            StoreError::Refused(format!("the collection {:?} was not declared", collection.name))
        })
    }

    /// Makes collections exist, however long an index takes to build: to declare again what is being declared
    /// does no harm and waits for it.
    pub(crate) async fn declare(
        &self,
        collections: &[Collection],
        max_bytes: Option<u64>,
    ) -> Result<(), StoreError> {
        let started = Instant::now();
        loop {
            let change = Change::Declare { collections: collections.to_vec(), max_bytes };
            let result = match self.writer.submit(change).await {
                Err(SqliteError::TimedOut(_)) if started.elapsed() < DECLARE_TIMEOUT => continue,
                Ok(Reply::Declared(declared)) => {
                    self.remember(declared);
                    Ok(())
                }
                Ok(reply) => Err(reply.unexpected()),
                Err(error) => Err(store_error(error)),
            };
            meters::ended("declare", started.elapsed(), &result);
            return result;
        }
    }

    /// Knows these collections from now on, beside what was declared before.
    fn remember(&self, declared: Vec<Declared>) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        for Declared { collection, unique } in declared {
            let known = tables.get(collection.name).map(|table| table.indexes()).unwrap_or_default();
            let table = Table::new(&collection, known, unique);
            tables.insert(collection.name, Arc::new(table));
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
