//! Reading a flow's rows, in batches that are bounded by count and by bytes.

use crate::tables::FlowSql;
use pawnshop_sqlite::{Connection, rusqlite};
use rusqlite::{OptionalExtension, params};

/// What to read: these returned rows first, then up to `unread` rows behind `after` up to `last`.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) returned: Vec<i64>,
    pub(crate) after: i64,
    pub(crate) last: i64,
    pub(crate) unread: usize,
    pub(crate) max_bytes: usize,
}

/// What was there.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) returned: Vec<Row>,
    pub(crate) unread: Vec<Row>,
    /// Returned rows that are not in the table.
    pub(crate) missing: Vec<i64>,
    /// The `last` up to which nothing more is unread, when reading came so far.
    pub(crate) reached: Option<i64>,
}

/// One row of a flow's table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) seq: i64,
    pub(crate) attempt: u32,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn read(connection: &Connection, sql: &FlowSql, wanted: Wanted) -> rusqlite::Result<Rows> {
    let mut rows = Rows::default();
    let mut bytes = 0;
    let mut one = connection.prepare_cached(&sql.read_one)?;
    for seq in wanted.returned {
        let Some(row) = one.query_row([seq], row).optional()? else {
            rows.missing.push(seq);
            continue;
        };
        bytes += row.body.len();
        rows.returned.push(row);
        if bytes >= wanted.max_bytes {
            return Ok(rows);
        }
    }
    if wanted.unread == 0 {
        return Ok(rows);
    }
    let mut after = connection.prepare_cached(&sql.read_after)?;
    let limit = i64::try_from(wanted.unread).unwrap_or(i64::MAX);
    let mut found = after.query(params![wanted.after, wanted.last, limit])?;
    while let Some(next) = found.next()? {
        let row = row(next)?;
        bytes += row.body.len();
        rows.unread.push(row);
        if bytes >= wanted.max_bytes {
            return Ok(rows);
        }
    }
    if rows.unread.len() < wanted.unread {
        rows.reached = Some(wanted.last);
    }
    Ok(rows)
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    // A number that no release writes must not make the rows behind it unreadable.
    let attempt = u32::try_from(row.get::<_, i64>(1)?).unwrap_or(u32::MAX);
    Ok(Row { seq: row.get(0)?, attempt, body: row.get(2)? })
}
