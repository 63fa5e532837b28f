use crate::{SqliteError, connect};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Reader connections of one database, and so the reads that run at once.
pub(crate) const READERS: usize = 4;
/// Reads that may wait for one; more are refused.
const WAITING: usize = 1_024;

/// A read: given a connection, or why there is none.
pub(crate) type Read = Box<dyn FnOnce(rusqlite::Result<&Connection>) + Send>;

/// The reader connections of one database, and the reads that wait for one.
///
/// A thread that has done its read takes the next one that waits. Under load that spares the two switches of
/// threads that handing over a turn would cost each of them, which is more than a small read itself.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    running: usize,
    waiting: VecDeque<Read>,
}

impl Readers {
    /// Opens all connections.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Arc<Self>> {
        let idle = (0..READERS).map(|_| connect::reader(path)).collect::<rusqlite::Result<_>>()?;
        let state = Mutex::new(State { idle, ..State::default() });
        Ok(Arc::new(Self { path: path.to_owned(), state }))
    }

    /// Runs the read on one of tokio's blocking threads, when its turn comes.
    pub(crate) fn submit(self: &Arc<Self>, read: Read) -> Result<(), SqliteError> {
        let mut state = self.state();
        if state.running == READERS {
            if state.waiting.len() == WAITING {
                return Err(SqliteError::Busy(Duration::ZERO));
            }
            state.waiting.push_back(read);
            return Ok(());
        }
        state.running += 1;
        drop(state);
        let turn = Turn { readers: Arc::clone(self), ended: false };
        tokio::task::spawn_blocking(move || turn.run(read));
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of one of the threads that read.
struct Turn {
    readers: Arc<Readers>,
    ended: bool,
}

impl Turn {
    /// Reads until no read waits.
    fn run(mut self, first: Read) {
        let mut connection = self.readers.state().idle.pop();
        let mut next = Some(first);
        while let Some(read) = next {
            connection = self.read(connection, read);
            let mut state = self.readers.state();
            next = state.waiting.pop_front();
            if next.is_none() {
                // Under the lock under which nobody was seen to wait: who comes now gets a turn of its own.
                state.idle.extend(connection.take());
                state.running -= 1;
                self.ended = true;
            }
        }
    }

    /// Reads, and gives back a connection that is as it was before.
    fn read(&self, connection: Option<Connection>, read: Read) -> Option<Connection> {
        let connection = match connection.map_or_else(|| connect::reader(&self.readers.path), Ok) {
            Ok(connection) => connection,
            Err(error) => {
                read(Err(error));
                return None;
            }
        };
        // A read that panics is told so by its answer, which is dropped; the next one must run all the same.
        let _ = catch_unwind(AssertUnwindSafe(|| read(Ok(&connection))));
        // Work that failed halfway must not leave its transaction, and with it an old state, to the next one.
        let clean = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        clean.then_some(connection)
    }
}

/// A turn that never came, because the runtime ends: those who wait must not wait for it.
impl Drop for Turn {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut state = self.readers.state();
        state.running -= 1;
        let left = if state.running == 0 { std::mem::take(&mut state.waiting) } else { VecDeque::new() };
        drop(state);
        drop(left);
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { idle, running, waiting } = self;
        write!(f, "{} idle, {running} running, {} waiting", idle.len(), waiting.len())
    }
}
