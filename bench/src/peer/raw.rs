use super::capture::Captured;
use super::file::File;
use anyhow::Result;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rows that a raw loop wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    rows: usize,
    elapsed: Duration,
}

impl Written {
    pub(crate) fn per_second(&self) -> f64 {
        rate(self.rows, self.elapsed)
    }
}

/// Raw group commit: inserts captured rows into a fresh file, so many per commit, until they or the time are used up.
pub(crate) fn write(folder: &Path, captured: &Captured, group: usize, limit: Duration) -> Result<Written> {
    let file = File::create(&folder.join("raw.db"), captured)?;
    let (started, mut rows) = (Instant::now(), 0);
    for group in captured.rows.chunks(group.max(1)) {
        file.insert(group)?;
        rows += group.len();
        if started.elapsed() >= limit {
            break;
        }
    }
    Ok(Written { rows, elapsed: started.elapsed() })
}

/// Events that a raw loop took through the queue into documents, and what each step took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applied {
    events: usize,
    inserting: Duration,
    applying: Duration,
    deleting: Duration,
}

impl Applied {
    /// Events a second, from the queue's insert to its delete.
    pub(crate) fn per_second(&self) -> f64 {
        rate(self.events, self.inserting + self.applying + self.deleting)
    }

    /// Events a second without the queue's insert: what a drain does.
    pub(crate) fn drained_per_second(&self) -> f64 {
        rate(self.events, self.applying + self.deleting)
    }
}

/// How the shop's writes were grouped, in rows per commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Groups {
    pub(crate) queue: usize,
    pub(crate) documents: usize,
}

/// The raw loop of what a shop writes for an event: insert it into the queue's file, its document into the store's
/// file, delete it from the queue's; every step committed in groups, one thread.
pub(crate) fn apply(
    folder: &Path,
    events: &Captured,
    documents: &Captured,
    groups: Groups,
    limit: Duration,
) -> Result<Applied> {
    let queue = File::create(&folder.join("raw-queue.db"), events)?;
    let store = File::create(&folder.join("raw-store.db"), documents)?;
    let zero = Duration::ZERO;
    let mut done = Applied { events: 0, inserting: zero, applying: zero, deleting: zero };
    let started = Instant::now();
    let group = groups.documents.max(1);
    for (events, documents) in events.rows.chunks(group).zip(documents.rows.chunks(group)) {
        // The same number of each, also where one capture ends before the other.
        let both = events.len().min(documents.len());
        let (events, documents) = (&events[..both], &documents[..both]);
        let clock = Instant::now();
        for accepted in events.chunks(groups.queue.max(1)) {
            queue.insert(accepted)?;
        }
        let inserted = Instant::now();
        store.insert(documents)?;
        let applied = Instant::now();
        queue.delete(events)?;
        done.inserting += inserted - clock;
        done.applying += applied - inserted;
        done.deleting += applied.elapsed();
        done.events += both;
        if started.elapsed() >= limit {
            break;
        }
    }
    Ok(done)
}

fn rate(rows: usize, elapsed: Duration) -> f64 {
    rows as f64 / elapsed.as_secs_f64()
}

#[cfg(test)]
#[path = "raw/tests.rs"]
mod tests;
