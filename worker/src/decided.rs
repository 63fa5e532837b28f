//! Received events whose fate is decided, and what is told of them: to metrics, and in the log.

use crate::handling::Handling;
use crate::metrics::Settled;
use crate::verdict::Verdict;
use pawnshop_domain::EventId;
use pawnshop_events::Event;
use pawnshop_flow::outcomes::OutcomeKind;
use pawnshop_messaging::Receipt;
use pawnshop_trace::Remote;
use std::fmt::{self, Display};
use tokio::time::Instant;
use tracing::Level;

/// The target of the line of each batch.
const BATCH: &str = "pawnshop::batch";

/// The target of the lines of single events.
const EVENT: &str = "pawnshop::event";

/// The most ids in the line of a batch.
const MOST_IDS: usize = 16;

/// One received event whose fate is decided.
pub(crate) struct Decided<'a> {
    pub(crate) receipt: Receipt,
    pub(crate) handling: &'a Handling,
    /// `None` for what the broker gave up, and for what is no event.
    pub(crate) event: Option<&'a Event>,
    pub(crate) verdict: Verdict,
}

impl Decided<'_> {
    /// Counts the event, which is settled, and writes its line.
    pub(crate) fn settled(&self) {
        let metrics = &self.handling.metrics;
        metrics.settled(self.verdict.counted_as());
        if let (Verdict::Applied, Some(event)) = (&self.verdict, self.event) {
            metrics.in_effect(event.time);
        }
        self.log();
    }

    /// A line at `info` of what can never be applied, at `warn` of a dead letter, and at `debug` of all else.
    fn log(&self) {
        let outcome = self.verdict.counted_as();
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    target: EVENT,
                    $level,
                    event_id = self.id().map(tracing::field::display),
                    flow = %self.handling.flow.name,
                    outcome = outcome.word(),
                    code = self.code(),
                    attempt = self.event.map(|event| event.attempt),
                    trace_id = self.trace_id(),
                    "settled"
                )
            };
        }
        match outcome {
            Settled::DeadLettered => line!(Level::WARN),
            Settled::Rejected => line!(Level::INFO),
            Settled::Applied | Settled::Retried | Settled::Returned => line!(Level::DEBUG),
        }
    }

    fn id(&self) -> Option<EventId> {
        self.event.map(|event| event.id).or_else(|| self.verdict.record().map(|record| record.event_id))
    }

    fn code(&self) -> Option<&str> {
        match &self.verdict.record()?.kind {
            OutcomeKind::DeadLettered { code, .. } => Some(code),
            OutcomeKind::Rejected(rejection) => Some(&rejection.code),
            OutcomeKind::Applied => None,
        }
    }

    fn trace_id(&self) -> Option<String> {
        Some(Remote::parse(self.event?.traceparent.as_deref()?)?.trace_id())
    }
}

/// Writes the line of a batch that was begun at this time, and of which the broker was told or not.
pub(crate) fn log_batch(decided: &[Decided<'_>], begun: Instant, told: Result<(), &str>) {
    let count = |outcome| decided.iter().filter(|event| event.verdict.counted_as() == outcome).count();
    let seconds = begun.elapsed().as_secs_f64();
    let (events, event_ids) = (decided.len(), Ids(decided));
    match told {
        Ok(()) => tracing::info!(
            target: BATCH,
            events,
            applied = count(Settled::Applied),
            rejected = count(Settled::Rejected),
            dead_lettered = count(Settled::DeadLettered),
            retried = count(Settled::Retried),
            returned = count(Settled::Returned),
            seconds,
            %event_ids,
            "settled"
        ),
        Err(reason) => {
            tracing::info!(target: BATCH, events, reason, seconds, %event_ids, "not settled: its events come again")
        }
    }
}

/// The ids of a batch's first events.
struct Ids<'a>(&'a [Decided<'a>]);

impl Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.iter().take(MOST_IDS).filter_map(Decided::id);
        for (at, id) in ids.enumerate() {
            write!(f, "{}{id}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
