//! One group of writes: together if it can be, alone if it must.

use crate::writer::{Job, Write};
use crate::{SqliteError, connect};
use rusqlite::Connection;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

const COMMIT_SECONDS: &str = "pawnshop_sqlite_commit_seconds";
const GROUP_WRITES: &str = "pawnshop_sqlite_group_writes";
const GROUPS_SPLIT: &str = "pawnshop_sqlite_groups_split_total";

/// The write-ahead log may outgrow its usual size while readers hold it; past this many times that, the writer
/// waits for them and cuts it back.
const LOG_GROWTH: u64 = 4;
/// Commits between two looks at the log's size.
const LOOK_EVERY: u32 = 64;

/// Says what each metric of the writer means, to the recorder that is installed by now.
pub(crate) fn describe() {
    use metrics::{Unit, describe_counter, describe_histogram};
    describe_histogram!(COMMIT_SECONDS, Unit::Seconds, "From a group's first write to its commit");
    describe_histogram!(GROUP_WRITES, Unit::Count, "Writes that shared a commit");
    describe_counter!(
        GROUPS_SPLIT,
        Unit::Count,
        "Groups that failed, and whose writes were committed each by itself"
    );
}

/// The writing connection and what its groups need.
pub(crate) struct Group {
    connection: Connection,
    name: String,
    log: PathBuf,
    commits: u32,
}

impl Group {
    pub(crate) fn new(connection: Connection, path: &Path) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut log = OsString::from(path);
        log.push("-wal");
        Self { connection, name, log: log.into(), commits: 0 }
    }

    /// The database's name in metrics and logs.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Commits these writes and answers them; `jobs` is empty afterwards.
    pub(crate) fn commit<W: Write>(&mut self, jobs: &mut Vec<Job<W>>) {
        let started = Instant::now();
        let size = jobs.len();
        match self.transaction(|connection| jobs.iter().map(|job| job.write.apply(connection)).collect()) {
            Ok(replies) => {
                let replies: Vec<W::Reply> = replies;
                for (job, reply) in jobs.drain(..).zip(replies) {
                    answer(job, Ok(reply));
                }
            }
            Err(error) if size > 1 => {
                tracing::debug!(database = self.name, size, %error, "a group failed: each write alone");
                metrics::counter!(GROUPS_SPLIT, "database" => self.name.clone()).increment(1);
                self.make_room(&error);
                for job in jobs.drain(..) {
                    let result = self.transaction(|connection| job.write.apply(connection));
                    answer(job, result);
                }
            }
            Err(error) => {
                self.make_room(&error);
                for (job, error) in jobs.drain(..).zip([error]) {
                    answer(job, Err(error));
                }
            }
        }
        self.record(size, started);
        self.bound_log();
    }

    /// Runs `work` in a transaction of its own: committed, or as if it had never been.
    fn transaction<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SqliteError> {
        let connection = &self.connection;
        let execute = |sql: &str| connection.prepare_cached(sql)?.execute([]);
        let result = execute("BEGIN IMMEDIATE").and_then(|_| work(connection)).and_then(|done| {
            execute("COMMIT")?;
            Ok(done)
        });
        // SQLite has rolled back by itself after some errors, a full disk for one, and not after others.
        if !connection.is_autocommit()
            && let Err(error) = execute("ROLLBACK")
        {
            tracing::error!(database = self.name, %error, "a transaction cannot be rolled back");
        }
        result.map_err(|error| {
            let error = SqliteError::from(error);
            if !matches!(error, SqliteError::Statement(_)) {
                tracing::warn!(database = self.name, %error, "nothing was written");
            }
            error
        })
    }

    fn record(&self, size: usize, started: Instant) {
        metrics::histogram!(COMMIT_SECONDS, "database" => self.name.clone()).record(started.elapsed());
        metrics::histogram!(GROUP_WRITES, "database" => self.name.clone())
            .record(f64::from(u32::try_from(size).unwrap_or(u32::MAX)));
    }

    /// On a full disk the log may hold what can be given back: then deletions, which free the most, succeed.
    fn make_room(&self, error: &SqliteError) {
        if matches!(error, SqliteError::Full(_)) {
            self.truncate_log();
        }
    }

    fn bound_log(&mut self) {
        self.commits = self.commits.wrapping_add(1);
        if self.commits.is_multiple_of(LOOK_EVERY)
            && std::fs::metadata(&self.log).is_ok_and(|log| log.len() > LOG_GROWTH * connect::LOG_BYTES)
        {
            self.truncate_log();
        }
    }

    fn truncate_log(&self) {
        let busy =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        if let Err(error) = busy {
            tracing::warn!(database = self.name, %error, "the write-ahead log cannot be cut back");
        }
    }
}

fn answer<W: Write>(job: Job<W>, result: Result<W::Reply, SqliteError>) {
    if let Ok(reply) = &result {
        job.write.committed(reply);
    }
    // Nobody waits any more when the submitter timed out or was cancelled.
    let _ = job.answer.send(result);
}
