use crate::{OpenError, Schema, Synchronous, connect};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use std::io::Read;
use std::path::Path;

/// The first bytes of every SQLite database (file format, section 1.3.1).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Files up to this size are checked whole when opened; larger ones would take noticeable time.
const CHECKED_BYTES: u64 = 16 << 20;

/// Makes sure that the file is ours, sound and not newer, and brings it to the latest schema. Nothing is
/// written to a file that is refused.
pub(crate) fn prepare(path: &Path, schema: &Schema, synchronous: Synchronous) -> Result<(), OpenError> {
    check_header(path)?;
    let at = At(path);
    let connection = connect::bare(path).map_err(|error| at.open(error))?;
    let version = check_owner(&connection, schema, at)?;
    check_pages(&connection, at)?;
    drop(connection);
    let mut connection = connect::writer(path, synchronous).map_err(|error| at.open(error))?;
    migrate(&mut connection, schema, version, at)
}

fn check_header(path: &Path) -> Result<(), OpenError> {
    let open = |source: std::io::Error| OpenError::Foreign { path: path.to_owned(), why: source.to_string() };
    let mut start = Vec::with_capacity(MAGIC.len());
    match std::fs::File::open(path) {
        Ok(file) => file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(open)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(open(error)),
    };
    if start.is_empty() || start == MAGIC {
        return Ok(());
    }
    Err(OpenError::Foreign { path: path.to_owned(), why: "it is not an SQLite database".to_owned() })
}

/// The schema version of a file that is ours or empty.
fn check_owner(connection: &Connection, schema: &Schema, at: At<'_>) -> Result<i64, OpenError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let owner = number("PRAGMA application_id").map_err(|error| at.open(error))?;
    let version = number("PRAGMA user_version").map_err(|error| at.open(error))?;
    let tables = number("SELECT count(*) FROM sqlite_schema").map_err(|error| at.open(error))?;
    let fresh = owner == 0 && version == 0 && tables == 0;
    if !fresh && owner != i64::from(schema.application_id) {
        let why = format!("its application id is {owner:#x}, not {:#x}", schema.application_id);
        return Err(OpenError::Foreign { path: at.0.to_owned(), why });
    }
    if version > schema.version() {
        let known = schema.version();
        return Err(OpenError::Newer { path: at.0.to_owned(), found: version, known });
    }
    Ok(version)
}

fn check_pages(connection: &Connection, at: At<'_>) -> Result<(), OpenError> {
    if std::fs::metadata(at.0).is_ok_and(|file| file.len() > CHECKED_BYTES) {
        return Ok(());
    }
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| at.open(error))?;
    if found == "ok" { Ok(()) } else { Err(OpenError::Corrupt { path: at.0.to_owned(), why: found }) }
}

/// All missing migrations or none.
fn migrate(connection: &mut Connection, schema: &Schema, version: i64, at: At<'_>) -> Result<(), OpenError> {
    let done = usize::try_from(version).unwrap_or(0);
    if done >= schema.migrations.len() {
        return Ok(());
    }
    let failed = |version: i64| move |source| OpenError::Migrate { path: at.0.to_owned(), version, source };
    let target = schema.version();
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed(target))?;
    for (next, sql) in (version + 1..).zip(schema.migrations.iter().skip(done)) {
        transaction.execute_batch(sql).map_err(failed(next))?;
    }
    transaction.pragma_update(None, "application_id", schema.application_id).map_err(failed(target))?;
    transaction.pragma_update(None, "user_version", target).map_err(failed(target))?;
    transaction.commit().map_err(failed(target))
}

/// The file that an error is about.
#[derive(Clone, Copy)]
pub(crate) struct At<'a>(pub(crate) &'a Path);

impl At<'_> {
    /// Tells damage and strangers' files from what may pass.
    pub(crate) fn open(self, source: rusqlite::Error) -> OpenError {
        let path = self.0.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt { path, why: source.to_string() },
            Some(ErrorCode::NotADatabase) => OpenError::Foreign { path, why: source.to_string() },
            _ => OpenError::Open { path, source },
        }
    }
}

#[cfg(test)]
#[path = "open/tests.rs"]
mod tests;
