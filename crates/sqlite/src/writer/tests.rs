use super::*;
use crate::{Schema, Synchronous};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

const SCHEMA: Schema = Schema {
    application_id: 7,
    migrations: &["CREATE TABLE a (n INTEGER UNIQUE, commits INTEGER, body BLOB)"],
};

/// One step of a test; `Sql` answers with the number of rows that it changed.
enum Step {
    Insert(i64),
    Sql(&'static str),
    Blob(usize),
    Committed(i64, Arc<AtomicUsize>),
    Slow(Duration),
    /// Answers with the number that a pragma has on the writing connection.
    Pragma(&'static str),
}

impl Write for Step {
    type Reply = usize;

    fn apply(&self, connection: &Connection) -> rusqlite::Result<usize> {
        match self {
            Self::Insert(n) | Self::Committed(n, _) => {
                connection.prepare_cached("INSERT INTO a (n) VALUES (?1)")?.execute([n])
            }
            Self::Sql(sql) => connection.execute_batch(sql).map(|()| 0),
            Self::Blob(size) => {
                connection.execute("INSERT INTO a (body) VALUES (zeroblob(?1))", [*size as i64])
            }
            Self::Pragma(name) => {
                connection.pragma_query_value(None, name, |row| row.get::<_, u8>(0)).map(usize::from)
            }
            Self::Slow(time) => {
                std::thread::sleep(*time);
                Ok(0)
            }
        }
    }

    fn committed(&self, _reply: &usize) {
        if let Self::Committed(_, count) = self {
            count.fetch_add(1, Ordering::SeqCst);
        }
    }
}

struct World {
    _folder: TempDir,
    database: Database,
    writer: Arc<GroupWriter<Step>>,
}

fn world(options: GroupOptions) -> World {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("a.db"), &SCHEMA, Synchronous::Full).unwrap();
    let writer = Arc::new(GroupWriter::start(&database, options).unwrap());
    World { _folder: folder, database, writer }
}

impl World {
    fn rows(&self) -> i64 {
        let count =
            |connection: &Connection| connection.query_row("SELECT count(*) FROM a", [], |row| row.get(0));
        self.database.read_blocking(count).unwrap()
    }

    fn submit(&self, step: Step) -> tokio::task::JoinHandle<Result<usize, SqliteError>> {
        let writer = Arc::clone(&self.writer);
        tokio::spawn(async move { writer.submit(step).await })
    }
}

#[tokio::test]
async fn commits_wait_for_the_disk_unless_told_not_to() {
    const FULL: usize = 2;
    for (synchronous, level) in [(Synchronous::Full, FULL), (Synchronous::Off, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("a.db"), &SCHEMA, synchronous).unwrap();
        let writer = GroupWriter::start(&database, GroupOptions::default()).unwrap();
        assert_eq!(writer.submit(Step::Pragma("synchronous")).await.unwrap(), level);
    }
}

#[tokio::test]
async fn an_answered_write_is_there() {
    let world = world(GroupOptions::default());
    assert_eq!(world.writer.submit(Step::Insert(1)).await.unwrap(), 1);
    assert_eq!(world.rows(), 1);
}

#[tokio::test]
async fn a_bad_write_costs_its_neighbours_nothing() {
    let world = world(GroupOptions::default());
    let hold = world.submit(Step::Slow(Duration::from_millis(50)));
    let committed = Arc::new(AtomicUsize::new(0));
    let good: Vec<_> = (0..50).map(|n| world.submit(Step::Committed(n, Arc::clone(&committed)))).collect();
    let bad = world.submit(Step::Committed(7, Arc::clone(&committed)));
    hold.await.unwrap().unwrap();
    for write in good {
        write.await.unwrap().unwrap();
    }
    assert!(matches!(bad.await.unwrap(), Err(SqliteError::Statement(_))));
    assert_eq!(world.rows(), 50);
    assert_eq!(committed.load(Ordering::SeqCst), 50, "each committed write is told so once");
}

#[tokio::test]
async fn writes_that_wait_together_share_a_commit() {
    let world = world(GroupOptions::default());
    let hold = world.submit(Step::Slow(Duration::from_millis(50)));
    let writes: Vec<_> = (0..500).map(|n| world.submit(Step::Insert(n))).collect();
    hold.await.unwrap().unwrap();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    // data_version of a bystander counts nothing; the log's frames do: one commit rewrites a page once.
    let frames: i64 = rusqlite::Connection::open(world.database.path())
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
        .unwrap();
    assert!(frames < 100, "500 commits would leave at least 500 frames, not {frames}");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let world = world(GroupOptions::default());
    world.writer.submit(Step::Sql("PRAGMA max_page_count = 20")).await.unwrap();
    let full = world.writer.submit(Step::Blob(200_000)).await;
    assert!(matches!(full, Err(SqliteError::Full(_))), "{full:?}");
    world.writer.submit(Step::Insert(1)).await.unwrap();
    let together: Vec<_> =
        [Step::Insert(2), Step::Blob(200_000), Step::Insert(3)].map(|s| world.submit(s)).into();
    let mut failed = 0;
    for write in together {
        failed += usize::from(write.await.unwrap().is_err());
    }
    assert_eq!((failed, world.rows()), (1, 3), "what fits is still taken");
    world.writer.submit(Step::Sql("PRAGMA max_page_count = 2000")).await.unwrap();
    world.writer.submit(Step::Blob(200_000)).await.unwrap();
}

#[tokio::test]
async fn a_stuck_writer_is_told_within_the_time_out() {
    let options = GroupOptions { queue: 1, group: 1, timeout: Duration::from_millis(50) };
    let world = world(options);
    let slow = world.submit(Step::Slow(Duration::from_millis(400)));
    tokio::task::yield_now().await;
    let accepted = world.submit(Step::Insert(1));
    assert!(matches!(slow.await.unwrap(), Err(SqliteError::TimedOut(_))));
    let accepted = accepted.await.unwrap();
    assert!(matches!(accepted, Err(SqliteError::TimedOut(_))), "{accepted:?}");
    let refused = world.writer.submit(Step::Insert(2)).await;
    assert!(matches!(refused, Err(SqliteError::Busy(_))), "{refused:?}");
    let World { writer, database, _folder } = world;
    drop(writer);
    let rows: i64 =
        database.read_blocking(|c| c.query_row("SELECT count(*) FROM a", [], |row| row.get(0))).unwrap();
    assert_eq!(rows, 1, "what was accepted is committed before the writer ends");
}

#[tokio::test]
async fn a_write_whose_submitter_is_gone_is_committed() {
    let world = world(GroupOptions::default());
    let hold = world.submit(Step::Slow(Duration::from_millis(50)));
    tokio::task::yield_now().await;
    let committed = Arc::new(AtomicUsize::new(0));
    let cancelled = world.submit(Step::Committed(1, Arc::clone(&committed)));
    tokio::task::yield_now().await;
    cancelled.abort();
    hold.await.unwrap().unwrap();
    world.writer.submit(Step::Insert(2)).await.unwrap();
    assert_eq!((world.rows(), committed.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn another_connections_lock_makes_writes_unavailable_and_passes() {
    let world = world(GroupOptions { timeout: Duration::from_secs(30), ..GroupOptions::default() });
    let stranger = Connection::open(world.database.path()).unwrap();
    world.writer.submit(Step::Sql("PRAGMA busy_timeout = 10")).await.unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = world.writer.submit(Step::Insert(1)).await;
    assert!(matches!(refused, Err(SqliteError::Unavailable(_))), "{refused:?}");
    stranger.execute_batch("ROLLBACK").unwrap();
    world.writer.submit(Step::Insert(1)).await.unwrap();
}

#[tokio::test]
async fn the_log_is_cut_back_though_readers_come_and_go() {
    let world = world(GroupOptions::default());
    let log = format!("{}-wal", world.database.path().display());
    let size = || std::fs::metadata(&log).unwrap().len();
    world.writer.submit(Step::Blob(40 << 20)).await.unwrap();
    assert!(size() > 40 << 20);
    for n in 0..3 {
        world.writer.submit(Step::Insert(n)).await.unwrap();
    }
    assert!(size() <= crate::connect::LOG_BYTES, "{}", size());
}
