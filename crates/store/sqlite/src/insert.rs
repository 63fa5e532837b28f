use crate::row::Row;
use crate::table::Table;
use pawnshop_sqlite::Connection;
use pawnshop_sqlite::rusqlite::{self, ErrorCode, OptionalExtension, ffi, params};
use pawnshop_store::Inserted;

/// Inserts a row if nothing but expired documents is in its way, and tells what was.
pub(crate) fn apply(
    connection: &Connection,
    table: &Table,
    row: &Row,
    now: i64,
) -> rusqlite::Result<Inserted> {
    if insert(connection, table, row)? {
        return Ok(Inserted::New);
    }
    let mut removed = connection.prepare_cached(&table.delete_expired)?.execute(params![row.id, now])?;
    removed += remove_expired_clashes(connection, table, row, now)?;
    if removed > 0 && insert(connection, table, row)? {
        return Ok(Inserted::New);
    }
    clash(connection, table, row)
}

/// Deletes the expired documents that have a row's values in a unique index; how many.
pub(crate) fn remove_expired_clashes(
    connection: &Connection,
    table: &Table,
    row: &Row,
    now: i64,
) -> rusqlite::Result<usize> {
    let mut removed = 0;
    for unique in &table.unique {
        removed += connection.prepare_cached(&unique.delete_expired)?.execute(params![row.body, now])?;
    }
    Ok(removed)
}

fn insert(connection: &Connection, table: &Table, row: &Row) -> rusqlite::Result<bool> {
    let changed =
        connection.prepare_cached(&table.insert)?.execute(params![row.id, row.body, row.expires_at])?;
    Ok(changed > 0)
}

/// What keeps a row out: its id, or else a unique index.
fn clash(connection: &Connection, table: &Table, row: &Row) -> rusqlite::Result<Inserted> {
    let finds = |sql: &str, key: &str| {
        connection.prepare_cached(sql)?.query_row([key], |_| Ok(())).optional().map(|found| found.is_some())
    };
    if finds(&table.exists, &row.id)? {
        return Ok(Inserted::DuplicateId);
    }
    for unique in &table.unique {
        if finds(&unique.exists, &row.body)? {
            return Ok(Inserted::DuplicateIndex(unique.fields.clone()));
        }
    }
    let why = format!("{:?} clashes with nothing that is known in {}", row.id, table.collection);
    Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CONSTRAINT), Some(why)))
}

/// Whether a statement failed because another document has the same unique values.
pub(crate) fn is_clash(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
