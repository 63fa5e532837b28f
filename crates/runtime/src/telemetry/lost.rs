//! Tells of lines that were not written.

use super::repeats::{PERIOD, Repeats};
use metrics::{Unit, describe_counter};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::Level;
use tracing_appender::non_blocking::ErrorCounter;

const LINES: &str = "pawnshop_log_lines_lost_total";

/// The lines that were not written.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) repeats: Repeats,
    dropped: ErrorCounter,
    /// How many of the dropped were told of.
    told: AtomicUsize,
}

impl Lost {
    pub(super) fn new(dropped: ErrorCounter) -> Self {
        Self { repeats: Repeats::default(), dropped, told: AtomicUsize::new(0) }
    }

    /// Tells of them every ten seconds, in the log and as a metric.
    pub(super) async fn tell(&self) {
        describe_counter!(
            LINES,
            Unit::Count,
            "Log lines that were not written: the same complaint again, or standard error is slow"
        );
        let mut ticks = interval_at(Instant::now() + PERIOD, PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.tell_once();
        }
    }

    /// Tells of those that were lost since it was last called.
    pub(super) fn tell_once(&self) {
        for left_out in self.repeats.left_out() {
            metrics::counter!(LINES, "reason" => "repeated").increment(left_out.lines);
            let (target, text, lines) = (left_out.target, left_out.text, left_out.lines);
            // The level of a line is a constant; this place itself is bounded as any other.
            if left_out.level == Level::ERROR {
                tracing::error!(lines, of = target, line = text, "lines of one place were left out");
            } else {
                tracing::warn!(lines, of = target, line = text, "lines of one place were left out");
            }
        }
        let dropped = self.dropped.dropped_lines();
        let lines = dropped.saturating_sub(self.told.swap(dropped, Ordering::Relaxed));
        if lines > 0 {
            metrics::counter!(LINES, "reason" => "slow").increment(lines as u64);
            tracing::warn!(lines, "log lines were dropped: standard error takes them too slowly");
        }
    }
}
