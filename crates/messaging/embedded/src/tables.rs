//! The tables of `queue.db`, and every statement on them.

use pawnshop_domain::FlowName;
use pawnshop_sqlite::{Connection, Schema, rusqlite};

/// `delayed.due` is in microseconds since the Unix epoch: it must mean the same after a restart.
pub(crate) const SCHEMA: Schema = Schema {
    application_id: 0x5053_5155, // "PSQU"
    migrations: &["CREATE TABLE delayed (
            id INTEGER PRIMARY KEY,
            due INTEGER NOT NULL,
            flow TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX delayed_by_due ON delayed (due);"],
};

/// Flow tables are called by this and the flow's name.
const PREFIX: &str = "queue_";

pub(crate) const FIND_DUE: &str = "SELECT id, flow FROM delayed WHERE due <= ?1 ORDER BY due LIMIT ?2";
pub(crate) const FIND_NEXT_DUE: &str = "SELECT min(due) FROM delayed";
pub(crate) const DELETE_DELAYED: &str = "DELETE FROM delayed WHERE id = ?1";

/// The statements on one flow's table, put together once.
#[derive(Debug)]
pub(crate) struct FlowSql {
    pub(crate) create: String,
    pub(crate) insert: String,
    pub(crate) read_after: String,
    pub(crate) read_one: String,
    pub(crate) delete_range: String,
    pub(crate) delay: String,
    pub(crate) promote: String,
}

impl FlowSql {
    pub(crate) fn new(flow: &FlowName) -> Self {
        // A flow's name is a lower-case label, so it needs no escaping inside the quotes.
        let table = format!("\"{PREFIX}{flow}\"");
        Self {
            create: format!(
                "CREATE TABLE IF NOT EXISTS {table}
                 (seq INTEGER PRIMARY KEY, attempt INTEGER NOT NULL, body BLOB NOT NULL) STRICT"
            ),
            insert: format!("INSERT INTO {table} (seq, attempt, body) VALUES (?1, ?2, ?3)"),
            read_after: format!(
                "SELECT seq, attempt, body FROM {table} WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3"
            ),
            read_one: format!("SELECT seq, attempt, body FROM {table} WHERE seq = ?1"),
            delete_range: format!("DELETE FROM {table} WHERE seq BETWEEN ?1 AND ?2"),
            delay: format!(
                "INSERT INTO delayed (due, flow, attempt, body)
                 SELECT ?2, '{flow}', ?3, body FROM {table} WHERE seq = ?1"
            ),
            promote: format!(
                "INSERT INTO {table} (seq, attempt, body) SELECT ?1, attempt, body FROM delayed WHERE id = ?2"
            ),
        }
    }
}

/// What a flow's tables hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Contents {
    pub(crate) events: u64,
    pub(crate) delayed: u64,
    pub(crate) bytes: u64,
    pub(crate) last_seq: i64,
}

/// The flows that the file knows. A table of another name is none of ours and is left alone.
pub(crate) fn flows(connection: &Connection) -> rusqlite::Result<Vec<FlowName>> {
    let mut find = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = find.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(names.iter().filter_map(|name| name.strip_prefix(PREFIX)?.parse().ok()).collect())
}

/// Counts a flow's events, once, when the file is opened.
pub(crate) fn contents(connection: &Connection, flow: &FlowName) -> rusqlite::Result<Contents> {
    let number = |row: &rusqlite::Row<'_>, index| row.get::<_, i64>(index).map(i64::unsigned_abs);
    let queue = format!(
        "SELECT count(*), coalesce(sum(length(body)), 0), coalesce(max(seq), 0) FROM \"{PREFIX}{flow}\""
    );
    let (events, bytes, last_seq) =
        connection.query_row(&queue, [], |row| Ok((number(row, 0)?, number(row, 1)?, row.get(2)?)))?;
    let waiting = "SELECT count(*), coalesce(sum(length(body)), 0) FROM delayed WHERE flow = ?1";
    let (delayed, delayed_bytes) =
        connection.query_row(waiting, [flow.as_str()], |row| Ok((number(row, 0)?, number(row, 1)?)))?;
    Ok(Contents { events, delayed, bytes: bytes + delayed_bytes, last_seq })
}

/// When the first delayed event is due.
pub(crate) fn next_due(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached(FIND_NEXT_DUE)?.query_row([], |row| row.get(0))
}
