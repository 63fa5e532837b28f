use crate::tally::Tally;
use metrics::{Counter, Histogram, Unit};
use pawnshop_domain::{FlowName, Instant};
use pawnshop_scaling::Backlog;
use std::sync::Arc;

/// What one flow's workers count. Labels are the flow and the outcome, never an id.
pub(crate) struct FlowMetrics {
    pub(crate) received: Counter,
    settled: [Counter; 5],
    batch: Histogram,
    age: Histogram,
    tally: Arc<Tally>,
}

/// What became of a settled event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Applied,
    Rejected,
    DeadLettered,
    Retried,
    Returned,
}

impl Settled {
    /// Its word, in metrics and traces.
    pub(crate) fn word(self) -> &'static str {
        OUTCOMES[self as usize]
    }
}

/// The `outcome` labels, in the order of [`Settled`].
const OUTCOMES: [&str; 5] = ["applied", "rejected", "dead-lettered", "retried", "returned"];

const RECEIVED: &str = "pawnshop_worker_received_total";
const SETTLED: &str = "pawnshop_worker_settled_total";
const BATCH: &str = "pawnshop_worker_batch_events";
const AGE: &str = "pawnshop_worker_event_age_seconds";
const WORKERS: &str = "pawnshop_pool_workers";
const BACKLOG: &str = "pawnshop_flow_backlog_events";
const BACKLOG_KNOWN: &str = "pawnshop_flow_backlog_known";
const BUSY: &str = "pawnshop_worker_busy";
const IN_HAND: &str = "pawnshop_worker_batches_in_hand";
const DEPENDENCY: &str = "pawnshop_worker_dependency_up";
const STUCK: &str = "pawnshop_worker_stuck_handlers";

impl FlowMetrics {
    /// The metrics of a flow, in the recorder that is installed by now; the flow's tally is told as well.
    pub(crate) fn of(flow: &FlowName, tally: Arc<Tally>) -> Self {
        let flow = || flow.to_string();
        let settled = |outcome| metrics::counter!(SETTLED, "flow" => flow(), "outcome" => outcome);
        Self {
            received: metrics::counter!(RECEIVED, "flow" => flow()),
            settled: OUTCOMES.map(settled),
            batch: metrics::histogram!(BATCH, "flow" => flow()),
            age: metrics::histogram!(AGE, "flow" => flow()),
            tally,
        }
    }

    /// So many events were received together.
    pub(crate) fn batch(&self, events: usize) {
        self.received.increment(events as u64);
        self.batch.record(events as f64);
    }

    /// The broker has taken what became of an event.
    pub(crate) fn settled(&self, outcome: Settled) {
        self.settled[outcome as usize].increment(1);
        self.tally.settled(outcome);
    }

    /// An event accepted at `accepted` is in effect.
    pub(crate) fn in_effect(&self, accepted: Instant) {
        let micros = Instant::now().as_micros().saturating_sub(accepted.as_micros()).max(0);
        self.age.record(micros as f64 / 1e6);
        self.tally.in_effect(micros.unsigned_abs());
    }
}

/// Gauges of a pool's last sample; an unknown backlog leaves its gauge as it was, and the one beside it says so.
pub(crate) fn sampled(status: &crate::PoolStatus) {
    metrics::gauge!(WORKERS, "pool" => status.name.clone()).set(status.workers);
    for flow in &status.flows {
        let known = metrics::gauge!(BACKLOG_KNOWN, "flow" => flow.name.to_string());
        match flow.backlog {
            Backlog::Known(events) => {
                metrics::gauge!(BACKLOG, "flow" => flow.name.to_string()).set(events as f64);
                known.set(1.0);
            }
            Backlog::Unknown(_) => known.set(0.0),
        }
    }
}

/// Whether a dependency that has failed before answers again.
pub(crate) fn dependency_up(dependency: &'static str, up: bool) {
    metrics::gauge!(DEPENDENCY, "dependency" => dependency).set(if up { 1.0 } else { 0.0 });
}

/// How many workers have held the same batch for long.
pub(crate) fn busy(workers: usize) {
    metrics::gauge!(BUSY).set(workers as f64);
}

/// How many batches were in hand on average of late.
pub(crate) fn in_hand(batches: f64) {
    metrics::gauge!(IN_HAND).set(batches);
}

/// How many handlers run on after their deadline.
pub(crate) fn stuck(handlers: usize) {
    metrics::gauge!(STUCK).set(handlers as f64);
}

/// Says what each metric means, to the recorder that is installed by now.
pub(crate) fn describe() {
    metrics::describe_counter!(RECEIVED, Unit::Count, "Events received from the broker, repeats included");
    metrics::describe_counter!(SETTLED, Unit::Count, "Events settled, by what became of them");
    metrics::describe_histogram!(BATCH, Unit::Count, "Events of one flow received together");
    metrics::describe_histogram!(AGE, Unit::Seconds, "From an event's acceptance to its being in effect");
    metrics::describe_gauge!(WORKERS, Unit::Count, "Workers of a pool that receive events");
    metrics::describe_gauge!(BACKLOG, Unit::Count, "Events of a flow that are ready or unacknowledged");
    metrics::describe_gauge!(
        BACKLOG_KNOWN,
        Unit::Count,
        "0 while a flow's backlog cannot be read and its gauge holds the last one that could"
    );
    metrics::describe_gauge!(IN_HAND, Unit::Count, "Batches in hand, the mean of the last 30 s");
    metrics::describe_gauge!(BUSY, Unit::Count, "Workers that have held the same batch for long");
    metrics::describe_gauge!(DEPENDENCY, Unit::Count, "0 while a dependency fails and its flows stand still");
    metrics::describe_gauge!(STUCK, Unit::Count, "Handlers that run on after their deadline");
}
