use crate::change::Reply;
use crate::insert::{is_clash, remove_expired_clashes};
use crate::row::Row;
use crate::table::Table;
use pawnshop_sqlite::Connection;
use pawnshop_sqlite::rusqlite::{self, params};
use pawnshop_store::Revision;

/// Replaces a document that is still the one seen.
pub(crate) fn update(
    connection: &Connection,
    table: &Table,
    row: &Row,
    seen: Revision,
    now: i64,
) -> rusqlite::Result<Reply> {
    past_expired(connection, table, row, now, || {
        let mut update = connection.prepare_cached(&table.update)?;
        update.execute(params![row.id, row.body, row.expires_at, seen.0, now])
    })
}

/// Inserts a document, or replaces one that is expired or less by an integer field.
pub(crate) fn upsert(
    connection: &Connection,
    table: &Table,
    row: &Row,
    field: &str,
    now: i64,
) -> rusqlite::Result<Reply> {
    past_expired(connection, table, row, now, || {
        let mut upsert = connection.prepare_cached(&table.upsert(field))?;
        upsert.execute(params![row.id, row.body, row.expires_at, now])
    })
}

/// Replaces, and if something expired has the row's unique values, removes it and replaces then. A clash with
/// what is not expired is refused without failing the group: SQLite has undone just that statement.
fn past_expired(
    connection: &Connection,
    table: &Table,
    row: &Row,
    now: i64,
    replace: impl Fn() -> rusqlite::Result<usize>,
) -> rusqlite::Result<Reply> {
    let mut result = replace();
    if result.as_ref().is_err_and(is_clash) && remove_expired_clashes(connection, table, row, now)? > 0 {
        result = replace();
    }
    match result {
        Ok(changed) => Ok(Reply::Replaced(changed > 0)),
        Err(error) if is_clash(&error) => {
            Ok(Reply::Refused(format!("{:?} has the unique values of another document: {error}", row.id)))
        }
        Err(error) => Err(error),
    }
}
