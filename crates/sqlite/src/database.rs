use crate::readers::Readers;
use crate::{OpenError, Schema, SqliteError, Synchronous, connect, open};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a read may wait for its turn and run.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// An open database file, cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    synchronous: Synchronous,
    readers: Arc<Readers>,
}

impl Database {
    /// Opens the file, or makes it, and brings it to the schema's latest version in one transaction.
    ///
    /// A file that is not ours, newer than this release, or damaged is refused unchanged.
    pub fn open(path: &Path, schema: &Schema, synchronous: Synchronous) -> Result<Self, OpenError> {
        open::prepare(path, schema, synchronous)?;
        let readers = Readers::open(path).map_err(|error| open::At(path).open(error))?;
        Ok(Self { shared: Arc::new(Shared { path: path.to_owned(), synchronous, readers }) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Runs `work` on a reader connection, off the async threads, within 10 s. What it sees is one committed
    /// state only inside a transaction of its own. Safe to cancel.
    pub async fn read<T, F>(&self, work: F) -> Result<T, SqliteError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        self.shared.readers.submit(Box::new(move |connection| {
            // A caller that has given up needs no answer.
            if !answer.is_closed() {
                begins.store(true, Ordering::Relaxed);
                let _ = answer.send(connection.and_then(work));
            }
        }))?;
        match timeout(READ_TIMEOUT, answered).await {
            Ok(Ok(result)) => Ok(result?),
            Ok(Err(_)) => Err(SqliteError::Closed),
            Err(_) if begun.load(Ordering::Relaxed) => Err(SqliteError::TimedOut(READ_TIMEOUT)),
            Err(_) => Err(SqliteError::Busy(READ_TIMEOUT)),
        }
    }

    /// Runs `work` on a reader connection on this thread: for start-up, where there is nobody to hold up.
    pub fn read_blocking<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SqliteError> {
        Ok(work(&connect::reader(&self.shared.path)?)?)
    }

    /// A new writing connection.
    pub(crate) fn connect_writer(&self) -> Result<Connection, OpenError> {
        connect::writer(&self.shared.path, self.shared.synchronous)
            .map_err(|error| open::At(&self.shared.path).open(error))
    }
}

#[cfg(test)]
#[path = "database/tests.rs"]
mod tests;
