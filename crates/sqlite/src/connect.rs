use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a connection waits for another's lock. Only checkpoints and strangers ever make it wait.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared.
const PREPARED_STATEMENTS: usize = 128;
/// Pages in the write-ahead log after which a commit copies it back (32 MiB of 4 KiB pages): fewer, larger
/// checkpoints write a page that many commits touched only once.
const CHECKPOINT_PAGES: u32 = 8_192;
/// What the write-ahead log is cut back to once it has been copied.
pub(crate) const LOG_BYTES: u64 = 4_096 * CHECKPOINT_PAGES as u64;
/// Page cache of one connection.
const CACHE_KIB: i64 = 8_192;

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// A commit that was answered survives the loss of power (G1).
    #[default]
    Full,
    /// A commit survives the process, not the machine. Only for tests that prove what `Full` does.
    Off,
}

impl Synchronous {
    fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Off => "OFF",
        }
    }
}

/// A connection with nothing set up yet; makes the file when it is not there.
pub(crate) fn bare(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    // Plans that do not look at bound values: else statements on a table with a partial index are prepared anew
    // for every value that is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// A connection that writes, by the write-ahead log.
pub(crate) fn writer(path: &Path, synchronous: Synchronous) -> rusqlite::Result<Connection> {
    let connection = bare(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous.pragma())?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", i64::try_from(LOG_BYTES).unwrap_or(i64::MAX))?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// A connection that cannot change anything.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = bare(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}
