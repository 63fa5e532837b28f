use super::source::Place;
use crate::terminal::grouped;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts rows, tells faults as they come, and draws a progress bar where there is a terminal.
pub(crate) struct Report {
    bar: ProgressBar,
    applied: AtomicU64,
    accepted: AtomicU64,
    unknown: AtomicU64,
    faults: AtomicU64,
}

/// How an import ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Rows whose outcome was seen: they are in.
    pub(crate) applied: u64,
    /// Rows that are durable and whose outcome was not waited for.
    pub(crate) accepted: u64,
    /// Rows that are durable and whose outcome was waited for and did not come in time.
    pub(crate) unknown: u64,
    /// Rows that are not in, each told.
    pub(crate) faults: u64,
}

impl Report {
    /// `size`: bytes to read; 0 when not known.
    pub(crate) fn new(size: u64) -> Self {
        let bar = if size > 0 { ProgressBar::new(size) } else { ProgressBar::new_spinner() };
        let template = if size > 0 { "{wide_bar} {percent}% {msg} {eta} left" } else { "{spinner} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let zero = || AtomicU64::new(0);
        Self { bar, applied: zero(), accepted: zero(), unknown: zero(), faults: zero() }
    }

    /// So many more bytes were read.
    pub(crate) fn read(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// A row is in effect.
    pub(crate) fn applied(&self) {
        self.count(&self.applied);
    }

    /// A row is durable, which is all that was asked.
    pub(crate) fn accepted(&self) {
        self.count(&self.accepted);
    }

    /// A row is durable, and its outcome is still to be learnt.
    pub(crate) fn late(&self) {
        self.count(&self.unknown);
    }

    /// A late row is in effect.
    pub(crate) fn settled(&self) {
        self.unknown.fetch_sub(1, Ordering::Relaxed);
        self.count(&self.applied);
    }

    /// A late row will never be in effect.
    pub(crate) fn settled_as_fault(&self, place: &Place, fault: &str) {
        self.unknown.fetch_sub(1, Ordering::Relaxed);
        self.fault(place, fault);
    }

    /// Tells what is wrong with a row.
    pub(crate) fn fault(&self, place: &Place, fault: &str) {
        self.faults.fetch_add(1, Ordering::Relaxed);
        self.bar.suspend(|| eprintln!("{place}: {fault}"));
        self.show();
    }

    /// Takes the bar away and sums up.
    pub(crate) fn finish(&self) -> Summary {
        self.bar.finish_and_clear();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Summary {
            applied: read(&self.applied),
            accepted: read(&self.accepted),
            unknown: read(&self.unknown),
            faults: read(&self.faults),
        }
    }

    fn count(&self, counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
        self.show();
    }

    fn show(&self) {
        if !self.bar.is_hidden() {
            let done = [&self.applied, &self.accepted, &self.unknown];
            let done = done.iter().map(|counter| counter.load(Ordering::Relaxed)).sum();
            let faults = self.faults.load(Ordering::Relaxed);
            self.bar.set_message(format!("{} rows, {} faults,", grouped(done), grouped(faults)));
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.applied + self.accepted + self.unknown + self.faults;
        write!(f, "{} rows: {} applied", grouped(rows), grouped(self.applied))?;
        if self.accepted > 0 {
            write!(f, ", {} accepted (their outcome was not waited for)", grouped(self.accepted))?;
        }
        if self.unknown > 0 {
            write!(f, ", {} outcomes not yet known", grouped(self.unknown))?;
        }
        write!(f, ", {} faults", grouped(self.faults))
    }
}
