use crate::declare::{self, Declared};
use crate::insert;
use crate::replace;
use crate::row::Row;
use crate::table::Table;
use pawnshop_domain::Instant;
use pawnshop_sqlite::rusqlite::{self, params};
use pawnshop_sqlite::{Connection, Write};
use pawnshop_store::{Collection, Inserted, Revision, StoreError};
use std::sync::Arc;

/// What a probe writes and takes back, in bytes: about a batch of documents.
const PROBE_BYTES: i32 = 256 << 10;

/// One change to the store's file.
#[derive(Debug)]
pub(crate) enum Change {
    /// Makes collections and their indexes exist, and sets the file's bound.
    Declare { collections: Vec<Collection>, max_bytes: Option<u64> },
    /// Inserts what is not there.
    Insert { table: Arc<Table>, rows: Vec<Row> },
    /// Replaces the document if it is still the one seen.
    Update { table: Arc<Table>, row: Row, seen: Revision },
    /// Inserts the document, or replaces the one that is less.
    Upsert { table: Arc<Table>, row: Row, field: &'static str },
    /// Deletes by id.
    Delete { table: Arc<Table>, ids: Vec<String> },
    /// Deletes some of what is expired.
    Sweep { table: Arc<Table>, limit: u32 },
    /// Writes something and takes it back.
    Probe,
}

/// What a change did.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The collections, with all unique indexes that they have.
    Declared(Vec<Declared>),
    /// One answer per row.
    Inserted(Vec<Inserted>),
    /// Whether an update or upsert took effect.
    Replaced(bool),
    /// How many documents were deleted.
    Deleted(u64),
    /// Nothing was asked and nothing is answered.
    Probed,
    /// Nothing was done, for this reason.
    Refused(String),
}

impl Change {
    /// What metrics call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Declare { .. } => "declare",
            Self::Insert { .. } => "insert_many",
            Self::Update { .. } => "update_if_unchanged",
            Self::Upsert { .. } => "upsert_if_greater",
            Self::Delete { .. } => "delete",
            Self::Sweep { .. } => "sweep",
            Self::Probe => "ping",
        }
    }
}

impl Reply {
    /// The error where a change was answered like another kind of change, which the writer never does.
    pub(crate) fn unexpected(self) -> StoreError {
        match self {
            Self::Refused(why) => StoreError::Refused(why),
            other => StoreError::Unavailable(format!("the writer answered {other:?}")),
        }
    }
}

impl Write for Change {
    type Reply = Reply;

    fn apply(&self, connection: &Connection) -> rusqlite::Result<Reply> {
        let now = Instant::now().as_micros();
        match self {
            Self::Declare { collections, max_bytes } => declare::apply(connection, collections, *max_bytes),
            Self::Insert { table, rows } => {
                let answers = rows.iter().map(|row| insert::apply(connection, table, row, now));
                answers.collect::<rusqlite::Result<_>>().map(Reply::Inserted)
            }
            Self::Update { table, row, seen } => replace::update(connection, table, row, *seen, now),
            Self::Upsert { table, row, field } => replace::upsert(connection, table, row, field, now),
            Self::Delete { table, ids } => {
                let mut delete = connection.prepare_cached(&table.delete_live)?;
                let mut deleted = 0;
                for id in ids {
                    deleted += delete.execute(params![id, now])? as u64;
                }
                Ok(Reply::Deleted(deleted))
            }
            Self::Sweep { table, limit } => {
                let deleted = connection.prepare_cached(&table.sweep)?.execute(params![now, limit])?;
                Ok(Reply::Deleted(deleted as u64))
            }
            Self::Probe => {
                connection
                    .prepare_cached("INSERT INTO probe VALUES (zeroblob(?1))")?
                    .execute([PROBE_BYTES])?;
                connection.prepare_cached("DELETE FROM probe")?.execute([])?;
                Ok(Reply::Probed)
            }
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Insert { rows, .. } => rows.len(),
            Self::Delete { ids, .. } => ids.len(),
            Self::Sweep { limit, .. } => *limit as usize,
            Self::Declare { .. } | Self::Update { .. } | Self::Upsert { .. } | Self::Probe => 1,
        }
    }
}
