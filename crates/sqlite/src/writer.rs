use crate::group::Group;
use crate::{Database, OpenError, SqliteError};
use rusqlite::Connection;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// How long nobody new must come for a group to be closed.
const GATHER_PAUSE: Duration = Duration::from_micros(50);

/// A change to one database, applied inside a transaction that it may share with others.
pub trait Write: Send + 'static {
    /// What the submitter learns once the change is committed.
    type Reply: Send + 'static;

    /// Makes the change; neither begins nor ends transactions. May be called again when the group that it
    /// was part of was rolled back, so it must change nothing but the database.
    fn apply(&self, connection: &Connection) -> rusqlite::Result<Self::Reply>;

    /// Told on the writer's thread as soon as the change is committed, before the submitter and even when
    /// the submitter is gone. A write that is dropped without this call was not committed.
    fn committed(&self, _reply: &Self::Reply) {}

    /// About how many rows the change touches; bounds a group.
    fn weight(&self) -> usize {
        1
    }
}

/// Bounds of a [`GroupWriter`].
#[derive(Clone, Copy, Debug)]
pub struct GroupOptions {
    /// Writes that may wait; more wait for their turn in `submit`.
    pub queue: usize,
    /// The weight at which a group is closed.
    pub group: usize,
    /// How long `submit` takes at most, its wait for a turn included.
    pub timeout: Duration,
}

impl Default for GroupOptions {
    /// 4,096 waiting, groups of 2,048 rows, 10 s.
    fn default() -> Self {
        Self { queue: 4_096, group: 2_048, timeout: Duration::from_secs(10) }
    }
}

/// The one writer of a database: a thread that takes all writes that wait, commits them together and answers
/// after the commit. While one group is synced the next one gathers; a lone write never waits for company.
///
/// A group that fails is rolled back and its writes are run one by one, so that a bad write costs its
/// neighbours nothing. Dropping the writer commits what was accepted and ends the thread.
#[derive(Debug)]
pub struct GroupWriter<W: Write> {
    queue: Option<mpsc::Sender<Job<W>>>,
    thread: Option<JoinHandle<()>>,
    timeout: Duration,
}

/// A write and where its answer goes.
pub(crate) struct Job<W: Write> {
    pub(crate) write: W,
    pub(crate) answer: oneshot::Sender<Result<W::Reply, SqliteError>>,
}

impl<W: Write> GroupWriter<W> {
    /// Opens the writing connection and starts its thread.
    pub fn start(database: &Database, options: GroupOptions) -> Result<Self, OpenError> {
        crate::group::describe();
        let connection = database.connect_writer()?;
        let (sender, receiver) = mpsc::channel(options.queue.max(1));
        let group = Group::new(connection, database.path());
        let thread = std::thread::Builder::new()
            .name(format!("write {}", group.name()))
            .spawn(move || run(group, receiver, options.group.max(1)))
            .map_err(|error| OpenError::Start { path: database.path().to_owned(), why: error.to_string() })?;
        Ok(Self { queue: Some(sender), thread: Some(thread), timeout: options.timeout })
    }

    /// Waits for a turn, then until the write is committed.
    ///
    /// Only after [`SqliteError::TimedOut`] or [`SqliteError::Closed`], or when the call is cancelled, may the
    /// write be committed all the same; after every other error it is rolled back.
    pub async fn submit(&self, write: W) -> Result<W::Reply, SqliteError> {
        let deadline = Instant::now() + self.timeout;
        let queue = self.queue.as_ref().ok_or(SqliteError::Closed)?;
        let turn = match queue.try_reserve() {
            Ok(turn) => turn,
            Err(_) => timeout_at(deadline, queue.reserve())
                .await
                .map_err(|_| SqliteError::Busy(self.timeout))?
                .map_err(|_| SqliteError::Closed)?,
        };
        let (answer, answered) = oneshot::channel();
        turn.send(Job { write, answer });
        timeout_at(deadline, answered)
            .await
            .map_err(|_| SqliteError::TimedOut(self.timeout))?
            .map_err(|_| SqliteError::Closed)?
    }
}

impl<W: Write> Drop for GroupWriter<W> {
    fn drop(&mut self) {
        self.queue = None;
        let Some(thread) = self.thread.take() else { return };
        // A write may own the last handle of its own writer: a thread cannot wait for itself.
        if thread.thread().id() != std::thread::current().id() {
            let _ = thread.join();
        }
    }
}

fn run<W: Write>(mut group: Group, mut queue: mpsc::Receiver<Job<W>>, limit: usize) {
    let mut jobs = Vec::new();
    let mut before = Before::default();
    while let Some(first) = queue.blocking_recv() {
        before.gather(&queue);
        let mut weight = first.write.weight();
        jobs.push(first);
        while weight < limit {
            let Ok(next) = queue.try_recv() else { break };
            weight += next.write.weight();
            jobs.push(next);
        }
        let (size, started) = (jobs.len(), std::time::Instant::now());
        group.commit(&mut jobs);
        before = Before { size, took: started.elapsed() };
    }
}

/// The group before, whose submitters are likely to be back with their next writes.
#[derive(Default)]
struct Before {
    size: usize,
    took: Duration,
}

impl Before {
    /// Gives submitters who were answered together the moment that they need to come back together. Without
    /// it the first of them gets a commit of its own, the rest wait for that one, and every second commit is
    /// wasted. It ends as soon as nobody new comes, and after half the time of a commit, which is what
    /// PostgreSQL advises for its `commit_delay`; a lone submitter never waits.
    fn gather<W: Write>(&self, queue: &mpsc::Receiver<Job<W>>) {
        let started = std::time::Instant::now();
        let mut there = 0;
        while there + 1 < self.size && started.elapsed() < self.took / 2 {
            std::thread::sleep(GATHER_PAUSE);
            let now = queue.len();
            if now == there {
                break;
            }
            there = now;
        }
    }
}

#[cfg(test)]
#[path = "writer/tests.rs"]
mod tests;
