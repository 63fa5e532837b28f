//! The way of log lines to standard error, which may be slow or stand still without holding up the process.

use std::io::{self, BufWriter};
use std::sync::{Mutex, PoisonError};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// The most lines that wait to be written; those that find no place are dropped, and counted.
const MOST_WAITING: usize = 8192;

/// Lines that wait are written together, this many bytes at once.
const BUFFER: usize = 64 << 10;

/// What writes the lines; lines that wait are written when it goes.
static WRITER: Mutex<Option<WorkerGuard>> = Mutex::new(None);

/// Opens the way, and tells how many lines found no place on it.
pub(super) fn open() -> (NonBlocking, ErrorCounter) {
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(MOST_WAITING);
    let (lines, writer) = builder.thread_name("log").finish(BufWriter::with_capacity(BUFFER, io::stderr()));
    *WRITER.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
    let dropped = lines.error_counter();
    (lines, dropped)
}

/// Waits a second at most until the lines that were logged are written; nothing is written any more after it.
pub(crate) fn close() {
    drop(WRITER.lock().unwrap_or_else(PoisonError::into_inner).take());
}
