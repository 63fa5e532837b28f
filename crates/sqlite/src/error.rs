use rusqlite::{ErrorCode, ffi};
use std::path::PathBuf;
use std::time::Duration;

/// Why a data folder or a file in it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder, or the lock file in it, cannot be made or read.
    #[error("the data folder {path} cannot be used: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process has the folder open.
    #[error("the data folder {path} is in use by another process{}", holder.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The other process, as it wrote itself down.
        holder: Option<u32>,
    },
    /// The file is not an SQLite database, or another program's.
    #[error("{path} is not a file of ours: {why}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What shows it.
        why: String,
    },
    /// The file was written by a later release.
    #[error(
        "{path} was written by a newer release (schema {found}, this release knows {known}): use that release"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest schema version that this release knows.
        known: i64,
    },
    /// The file is damaged.
    #[error("{path} is damaged: {why}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        why: String,
    },
    /// The file cannot be opened, set up or read.
    #[error("{path} cannot be opened: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A migration failed; the file is as it was before.
    #[error("{path} cannot be brought to schema {version}: {source}")]
    Migrate {
        /// The file.
        path: PathBuf,
        /// The schema version whose migration failed.
        version: i64,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A thread or task that the file needs cannot be started.
    #[error("the writer of {path} cannot be started: {why}")]
    Start {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// Why a read or a write did not happen, or may not have.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// The disk, or the file's own bound, is full; nothing was written. Passes when there is room.
    #[error("the disk is full: {0}")]
    Full(#[source] rusqlite::Error),
    /// The file cannot be read or written now; the write was rolled back. May pass. When it was the sync that
    /// failed, a crash before the next write could still bring the write back.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] rusqlite::Error),
    /// The file is damaged; the write was rolled back. Does not pass: somebody must bring back a sound file.
    #[error(
        "the database file is damaged ({0}): stop the shop, keep a copy of its data folder, and restore a backup"
    )]
    Damaged(#[source] rusqlite::Error),
    /// Too many reads or writes were waiting for all of the time-out; nothing was written.
    #[error("the database is busy: no turn within {0:?}")]
    Busy(Duration),
    /// The write was accepted and not answered in time: it may be committed, now or later.
    #[error("the database did not answer within {0:?}")]
    TimedOut(Duration),
    /// The database was closed by its owner, or its thread has died. An accepted write may be committed.
    #[error("the database is closed")]
    Closed,
    /// The statement itself failed (a constraint, a type, SQL): it will fail again. Nothing was written.
    #[error("the statement failed: {0}")]
    Statement(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(failure) = error.sqlite_error() else { return Self::Statement(error) };
        match failure.code {
            ErrorCode::DiskFull => Self::Full(error),
            // The shared-memory file could not grow: how a full disk looks to a reader or a fresh log.
            _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full(error),
            ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OperationInterrupted => Self::Unavailable(error),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged(error),
            _ => Self::Statement(error),
        }
    }
}
