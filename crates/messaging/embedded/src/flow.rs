use crate::rows::{self, Row, Rows, Wanted};
use crate::tables::{Contents, FlowSql};
use pawnshop_domain::FlowName;
use pawnshop_sqlite::{Database, SqliteError};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

const PUBLISHED: &str = "pawnshop_queue_published_events_total";
const BACKLOG: &str = "pawnshop_queue_backlog_events";
const DELAYED: &str = "pawnshop_queue_delayed_events";

/// One flow's queue: its table's statements, and in memory what of the table has been handed out.
///
/// Sequence numbers only grow while the file is open. Rows up to the cursor have been handed out and are
/// held by consumers or returned; rows behind it, up to the last committed one, have not.
#[derive(Debug)]
pub(crate) struct FlowQueue {
    pub(crate) name: FlowName,
    pub(crate) sql: FlowSql,
    /// Given out on the writer's thread only; a rolled-back write leaves a gap.
    next_seq: AtomicI64,
    /// Whoever holds it may move the cursor: one read at a time, so that no row is handed out twice.
    reading: tokio::sync::Mutex<()>,
    ready: Notify,
    state: Mutex<State>,
    metrics: Metrics,
}

#[derive(Debug)]
struct State {
    cursor: i64,
    last: i64,
    unread: u64,
    returned: BTreeSet<i64>,
    /// The returned row that was handed out last: the next one is that behind it, or the first.
    turn: i64,
    /// Whether it was only returned rows that were handed out last.
    returned_last: bool,
    leased: u64,
    delayed: u64,
}

/// Handles are taken once per flow, so the recorder must be installed before the queue is opened.
pub(crate) struct Metrics {
    published: metrics::Counter,
    backlog: metrics::Gauge,
    delayed: metrics::Gauge,
}

/// One event in a consumer's hands.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) flow: Arc<FlowQueue>,
    pub(crate) seq: i64,
    pub(crate) attempt: u32,
    pub(crate) size: u64,
}

impl FlowQueue {
    /// The queue as the file holds it: all of it ready.
    pub(crate) fn new(name: FlowName, contents: Contents) -> Arc<Self> {
        let state = State {
            cursor: 0,
            last: contents.last_seq,
            unread: contents.events,
            returned: BTreeSet::new(),
            turn: 0,
            returned_last: false,
            leased: 0,
            delayed: contents.delayed,
        };
        let queue = Self {
            sql: FlowSql::new(&name),
            next_seq: AtomicI64::new(contents.last_seq + 1),
            reading: tokio::sync::Mutex::new(()),
            ready: Notify::new(),
            metrics: Metrics::new(&name),
            name,
            state: Mutex::new(state),
        };
        queue.update(|_| {});
        Arc::new(queue)
    }

    /// Ready and leased events.
    pub(crate) fn backlog(&self) -> u64 {
        self.state().backlog()
    }

    /// Events in delay tiers.
    pub(crate) fn delayed(&self) -> u64 {
        self.state().delayed
    }

    /// The sequence number of a row about to be inserted, on the writer's thread.
    pub(crate) fn next_seq(&self) -> i64 {
        self.next_seq.fetch_add(1, Ordering::Relaxed)
    }

    /// Completes when something may be ready, for one waiter at a time; the next one is woken when the
    /// answer is dropped and something is still ready.
    pub(crate) async fn wait(&self) -> WakeNext<'_> {
        self.ready.notified().await;
        WakeNext(self)
    }

    /// Hands out up to `max` ready events, fewer when they hold more than `max_bytes`. Safe to cancel: events
    /// are handed out only where the call returns.
    pub(crate) async fn lease(
        self: &Arc<Self>,
        database: &Database,
        max: usize,
        max_bytes: usize,
    ) -> Result<Vec<(Lease, Vec<u8>)>, SqliteError> {
        let _passes_on = WakeNext(self);
        let _reading = self.reading.lock().await;
        let Some(wanted) = self.wanted(max, max_bytes) else { return Ok(Vec::new()) };
        let flow = Arc::clone(self);
        let rows = database.read(move |connection| rows::read(connection, &flow.sql, wanted)).await?;
        Ok(self.hand_out(rows))
    }

    /// Events of this flow were committed; the last of them is `last`.
    pub(crate) fn published(&self, events: u64, last: i64) {
        self.metrics.published.increment(events);
        self.update(|state| {
            state.unread += events;
            state.last = last;
        });
        self.ready.notify_one();
    }

    /// Delayed events were moved to the queue's end; the last of them is `last`.
    pub(crate) fn promoted(&self, events: u64, last: i64) {
        self.update(|state| {
            state.delayed = state.delayed.saturating_sub(events);
            state.unread += events;
            state.last = last;
        });
        self.ready.notify_one();
    }

    /// Leased events left the queue, for good or (`delayed` of them) to a delay tier.
    pub(crate) fn settled(&self, events: u64, delayed: u64) {
        self.update(|state| {
            state.leased = state.leased.saturating_sub(events);
            state.delayed += delayed;
        });
    }

    /// A leased event is ready again.
    pub(crate) fn give_back(&self, seq: i64) {
        self.update(|state| {
            state.leased = state.leased.saturating_sub(1);
            state.returned.insert(seq);
        });
        self.ready.notify_one();
    }

    fn wanted(&self, max: usize, max_bytes: usize) -> Option<Wanted> {
        let state = self.state();
        if state.ready() == 0 {
            return None;
        }
        let returned = state.returned_in_turn(max);
        let unread = if state.unread > 0 { max - returned.len() } else { 0 };
        Some(Wanted { returned, after: state.cursor, last: state.last, unread, max_bytes })
    }

    /// Takes what was read out of the ready events, in one step.
    fn hand_out(self: &Arc<Self>, rows: Rows) -> Vec<(Lease, Vec<u8>)> {
        self.update(|state| {
            for seq in rows.returned.iter().map(|row| row.seq).chain(rows.missing.iter().copied()) {
                state.returned.remove(&seq);
            }
            if let Some(row) = rows.returned.last() {
                state.turn = row.seq;
            }
            state.returned_last = !rows.returned.is_empty() && rows.unread.is_empty();
            state.unread = state.unread.saturating_sub(rows.unread.len() as u64);
            if let Some(row) = rows.unread.last() {
                state.cursor = row.seq;
            }
            // Rows that somebody deleted by hand: without this they would be looked for again and again.
            if rows.reached == Some(state.last) {
                state.cursor = state.last;
                state.unread = 0;
            }
            state.leased += (rows.returned.len() + rows.unread.len()) as u64;
        });
        let lease = |row: Row| {
            let flow = Arc::clone(self);
            (Lease { flow, seq: row.seq, attempt: row.attempt, size: row.body.len() as u64 }, row.body)
        };
        rows.returned.into_iter().chain(rows.unread).map(lease).collect()
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        // Under the lock: else an older figure could overwrite a newer one, and stay while nothing happens.
        self.metrics.backlog.set(state.backlog() as f64);
        self.metrics.delayed.set(state.delayed as f64);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ready(&self) -> u64 {
        self.unread + self.returned.len() as u64
    }

    fn backlog(&self) -> u64 {
        self.ready() + self.leased
    }

    /// Returned rows for a reader of up to `max`: in turn, and no more than half of what is handed out while others are
    /// unread. What is returned again and again holds up nothing that way.
    fn returned_in_turn(&self, max: usize) -> Vec<i64> {
        let others = usize::try_from(self.unread).unwrap_or(usize::MAX);
        let half = if self.returned_last { 0 } else { max.div_ceil(2) };
        let share = half.max(max.saturating_sub(others));
        let behind = self.returned.range((Bound::Excluded(self.turn), Bound::Unbounded));
        behind.chain(self.returned.range(..=self.turn)).copied().take(share).collect()
    }
}

impl Metrics {
    /// Says what each of them means, to the recorder that is installed by now.
    pub(crate) fn describe() {
        use metrics::{Unit, describe_counter, describe_gauge};
        describe_counter!(PUBLISHED, Unit::Count, "Events put into the queue");
        describe_gauge!(BACKLOG, Unit::Count, "Events ready or leased");
        describe_gauge!(DELAYED, Unit::Count, "Events that wait for a retry");
    }

    fn new(flow: &FlowName) -> Self {
        let flow = flow.to_string();
        Self {
            published: metrics::counter!(PUBLISHED, "flow" => flow.clone()),
            backlog: metrics::gauge!(BACKLOG, "flow" => flow.clone()),
            delayed: metrics::gauge!(DELAYED, "flow" => flow),
        }
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// However taking events ends (done, failed, cancelled), the next waiter is woken for what it leaves.
pub(crate) struct WakeNext<'a>(&'a FlowQueue);

impl Drop for WakeNext<'_> {
    fn drop(&mut self) {
        if self.0.state().ready() > 0 {
            self.0.ready.notify_one();
        }
    }
}
