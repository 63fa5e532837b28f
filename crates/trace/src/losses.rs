use std::error::Error;
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often it is said at most that spans are lost.
const EVERY: Duration = Duration::from_secs(60);

const DROPPED: &str = "pawnshop_trace_spans_dropped_total";
const EXPORTED: &str = "pawnshop_trace_spans_exported_total";

/// Tells the recorder of metrics what they mean.
pub(crate) fn describe() {
    metrics::describe_counter!(EXPORTED, "Spans that the collector has taken.");
    metrics::describe_counter!(DROPPED, "Spans that reach no collector, by reason.");
}

/// The collector has taken so many spans.
pub(crate) fn taken(spans: usize) {
    metrics::counter!(EXPORTED).increment(spans as u64);
}

/// Spans that reach no collector: each is counted, and now and then it is said that there are any, and why.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// Host and port.
    collector: String,
    untold: AtomicU64,
    told: Mutex<Option<Instant>>,
    /// What went wrong at the last request, where it got no answer.
    cause: Mutex<Option<String>>,
}

impl Losses {
    /// For this collector, by host and port.
    pub(crate) fn of(collector: String) -> Self {
        Self { collector, ..Self::default() }
    }

    /// A request got no answer. The exporter, who asked for it, keeps the reason to itself.
    pub(crate) fn no_answer(&self, error: &(dyn Error + 'static)) {
        let (mut cause, mut deeper) = (error.to_string(), error.source());
        while let Some(error) = deeper {
            cause += &format!(": {error}");
            deeper = error.source();
        }
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
    }

    /// A span found no place to wait. Says nothing: the layer that ends spans calls it, within which nothing may be logged.
    pub(crate) fn no_place(&self) {
        self.add(1, "queue_full");
    }

    /// The collector did not take these.
    pub(crate) fn not_taken(&self, spans: usize, error: &dyn Display) {
        self.add(spans as u64, "export_failed");
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner).take();
        if self.is_time(Instant::now()) {
            let lost = self.untold.swap(0, Ordering::Relaxed);
            let error = cause.unwrap_or_else(|| error.to_string());
            tracing::warn!(
                error,
                lost,
                collector = self.collector,
                "spans are lost: the collector does not take them; said once a minute at most"
            );
        }
    }

    /// How many have been lost since it was last said.
    #[cfg(test)]
    pub(crate) fn untold(&self) -> u64 {
        self.untold.load(Ordering::Relaxed)
    }

    fn add(&self, spans: u64, reason: &'static str) {
        self.untold.fetch_add(spans, Ordering::Relaxed);
        metrics::counter!(DROPPED, "reason" => reason).increment(spans);
    }

    fn is_time(&self, now: Instant) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|told| now.saturating_duration_since(told) >= EVERY);
        if due {
            *told = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_there_was_no_answer_is_kept_whole() {
        let losses = Losses::of("collector:4318".to_owned());
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        losses.no_answer(&std::io::Error::other(refused));
        let cause = losses.cause.lock().unwrap().take().unwrap();
        assert!(cause.contains("connection refused"), "{cause}");
    }

    #[test]
    fn losses_are_told_once_a_minute() {
        let (losses, begun) = (Losses::default(), Instant::now());
        let told =
            [0, 1, 59, 60, 61, 119, 120].map(|second| losses.is_time(begun + Duration::from_secs(second)));
        assert_eq!(told, [true, false, false, true, false, false, true]);
    }
}
