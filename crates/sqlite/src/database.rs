use crate::{OpenError, Schema, SqliteError, Synchronous, connect, open};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// Reader connections of one database, and so the reads that run at once.
const READERS: usize = 4;
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
    turns: Semaphore,
    readers: Mutex<Vec<Connection>>,
}

impl Database {
    /// Opens the file, or makes it, and brings it to the schema's latest version in one transaction.
    ///
    /// A file that is not ours, newer than this release, or damaged is refused unchanged.
    pub fn open(path: &Path, schema: &Schema, synchronous: Synchronous) -> Result<Self, OpenError> {
        open::prepare(path, schema, synchronous)?;
        let readers = (0..READERS)
            .map(|_| connect::reader(path))
            .collect::<rusqlite::Result<_>>()
            .map_err(|error| open::At(path).open(error))?;
        Ok(Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                synchronous,
                turns: Semaphore::new(READERS),
                readers: Mutex::new(readers),
            }),
        })
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
        let deadline = Instant::now() + READ_TIMEOUT;
        let turn = timeout_at(deadline, self.shared.turns.acquire())
            .await
            .map_err(|_| SqliteError::Busy(READ_TIMEOUT))?
            .map_err(|_| SqliteError::Closed)?;
        // The turn is held by the work itself: a caller that gives up must not let another in beside it.
        turn.forget();
        let lent = Lent { shared: Arc::clone(&self.shared) };
        let running = tokio::task::spawn_blocking(move || lent.run(work));
        match timeout_at(deadline, running).await {
            Ok(Ok(result)) => Ok(result?),
            Ok(Err(_)) => Err(SqliteError::Closed),
            Err(_) => Err(SqliteError::TimedOut(READ_TIMEOUT)),
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

/// One turn of the pool; gives it back when dropped.
struct Lent {
    shared: Arc<Shared>,
}

impl Lent {
    fn run<T>(self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let idle = self.readers().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect::reader(&self.shared.path)?,
        };
        let result = work(&connection);
        // Work that failed halfway must not leave its transaction, and with it an old state, to the next one.
        if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() {
            self.readers().push(connection);
        }
        result
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.shared.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.shared.turns.add_permits(1);
    }
}

#[cfg(test)]
#[path = "database/tests.rs"]
mod tests;
