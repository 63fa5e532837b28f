//! Runs a flow's handler over a batch so that whatever one event does to it, the others do not pay.

use crate::circuit::Circuits;
use crate::metrics::{self, FlowMetrics};
use crate::worker::Surroundings;
use futures::future::join_all;
use pawnshop_events::Event;
use pawnshop_flow::{Flow, Handler, Outcome, Unavailable, World};
use pawnshop_trace::{SpanExt, child};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

/// How many events are handled at once where each is handled alone: those that overrun wait side by side.
const ALONE_TOGETHER: usize = 16;

/// One flow's handler in one worker, and what it runs under.
pub(crate) struct Handling {
    pub(crate) flow: Flow,
    pub(crate) metrics: FlowMetrics,
    pub(crate) handler: Arc<dyn Handler>,
    deadline: Duration,
    circuits: Arc<Circuits>,
    stuck: Arc<AtomicUsize>,
}

/// What came of a batch of one flow.
pub(crate) struct Handled {
    /// One per event, in their order; `None` for those that were not tried.
    pub(crate) outcomes: Vec<Option<Outcome>>,
    /// The dependency that failed, if one did.
    pub(crate) unavailable: Option<Unavailable>,
}

/// A call of the handler.
type Task = AbortOnDropHandle<Result<Vec<Outcome>, Unavailable>>;

/// Why a call of the handler gave no outcomes.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("the handler panicked: {0}")]
    Panicked(String),
    #[error("the handler overran its deadline of {0:?}")]
    Overran(Duration),
    #[error("the handler gave {given} outcomes for {events} events")]
    Miscounted { given: usize, events: usize },
}

impl Failure {
    /// The kind of the failure in one word, for traces.
    fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Panicked(_) => "panicked",
            Self::Overran(_) => "overran",
            Self::Miscounted { .. } => "miscounted",
        }
    }
}

impl Handling {
    /// Makes the flow's handler.
    pub(crate) fn new(flow: &Flow, world: &World, shop: &Surroundings) -> Self {
        Self {
            flow: flow.clone(),
            metrics: FlowMetrics::of(&flow.name, shop.tallies.of_flow(&flow.name)),
            handler: (flow.handler)(world),
            deadline: shop.deadlines.handler,
            circuits: Arc::clone(&shop.circuits),
            stuck: Arc::clone(&shop.stuck),
        }
    }

    /// Has all events handled at once; if that fails by anything but a dependency, each alone. Once `stop` is
    /// cancelled, events that are not begun stay untried.
    pub(crate) async fn handle(&self, events: &Arc<[Event]>, stop: &CancellationToken) -> Handled {
        let mut outcomes: Vec<Option<Outcome>> = events.iter().map(|event| self.misplaced(event)).collect();
        let slots: Vec<usize> = (0..events.len()).filter(|&slot| outcomes[slot].is_none()).collect();
        let placed: Arc<[Event]> = if slots.len() == events.len() {
            Arc::clone(events)
        } else {
            slots.iter().map(|&slot| events[slot].clone()).collect()
        };
        let (given, unavailable) = self.handle_placed(placed, stop).await;
        for (slot, outcome) in slots.into_iter().zip(given) {
            outcomes[slot] = outcome;
        }
        Handled { outcomes, unavailable }
    }

    /// The outcomes from the first event on; those missing at the end were not tried.
    async fn handle_placed(
        &self,
        events: Arc<[Event]>,
        stop: &CancellationToken,
    ) -> (Vec<Option<Outcome>>, Option<Unavailable>) {
        if events.is_empty() {
            return (Vec::new(), None);
        }
        match self.call(Arc::clone(&events)).await {
            Ok(outcomes) => (outcomes.into_iter().map(Some).collect(), None),
            Err(Failure::Unavailable(failed)) => (Vec::new(), Some(failed)),
            Err(failure) if events.len() == 1 => (vec![Some(self.event_failed(&events[0], &failure))], None),
            Err(failure) => {
                tracing::warn!(flow = %self.flow.name, events = events.len(), %failure, "handling events one by one");
                self.one_by_one(&events, stop).await
            }
        }
    }

    async fn one_by_one(
        &self,
        events: &[Event],
        stop: &CancellationToken,
    ) -> (Vec<Option<Outcome>>, Option<Unavailable>) {
        let mut outcomes = Vec::with_capacity(events.len());
        for together in events.chunks(ALONE_TOGETHER) {
            for answer in join_all(together.iter().map(|event| self.alone(event, stop))).await {
                match answer {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(failed) => return (outcomes, Some(failed)),
                }
            }
        }
        (outcomes, None)
    }

    async fn alone(&self, event: &Event, stop: &CancellationToken) -> Result<Option<Outcome>, Unavailable> {
        if stop.is_cancelled() {
            return Ok(None);
        }
        match self.call(Arc::from([event.clone()])).await {
            Ok(outcomes) => Ok(outcomes.into_iter().next()),
            Err(Failure::Unavailable(failed)) => Err(failed),
            Err(failure) => Ok(Some(self.event_failed(event, &failure))),
        }
    }

    /// The failure is the event's own: nobody else was there.
    fn event_failed(&self, event: &Event, failure: &Failure) -> Outcome {
        tracing::warn!(flow = %self.flow.name, event_id = %event.id, %failure, "an event failed");
        Outcome::Retry(failure.to_string())
    }

    /// Calls the handler in a task of its own, which is what contains a panic.
    async fn call(&self, events: Arc<[Event]>) -> Result<Vec<Outcome>, Failure> {
        let span = child!(
            "handle",
            otel.name = format!("handle {}", self.flow.name),
            pawnshop.flow = self.flow.name.as_str(),
            pawnshop.events = events.len(),
        );
        let (handler, count) = (Arc::clone(&self.handler), events.len());
        let handling = async move { handler.handle(&events).await }.instrument(span.clone());
        let task = AbortOnDropHandle::new(tokio::spawn(handling));
        self.answer(task, count).await.inspect_err(|failure| span.fail(failure.kind(), failure))
    }

    /// What the task answers within its deadline.
    async fn answer(&self, mut task: Task, count: usize) -> Result<Vec<Outcome>, Failure> {
        match timeout(self.deadline, &mut task).await {
            Ok(Ok(Ok(outcomes))) if outcomes.len() == count => Ok(outcomes),
            Ok(Ok(Ok(outcomes))) => Err(Failure::Miscounted { given: outcomes.len(), events: count }),
            Ok(Ok(Err(unavailable))) => Err(Failure::Unavailable(unavailable)),
            Ok(Err(error)) => Err(match error.try_into_panic() {
                Ok(panic) => Failure::Panicked(message(panic.as_ref())),
                Err(error) => Failure::Panicked(error.to_string()),
            }),
            Err(_) => {
                self.abandon(task);
                // A handler that waits for a dependency in vain is no fault of its events.
                let suspect = self.circuits.suspect().await;
                Err(suspect.map_or(Failure::Overran(self.deadline), Failure::Unavailable))
            }
        }
    }

    /// Tells the task to end, and counts it for as long as it does not: it may never come to an await.
    fn abandon(&self, task: Task) {
        let stuck = Arc::clone(&self.stuck);
        metrics::stuck(stuck.fetch_add(1, Ordering::Relaxed) + 1);
        tokio::spawn(async move {
            task.abort();
            let _ = task.await;
            metrics::stuck(stuck.fetch_sub(1, Ordering::Relaxed) - 1);
        });
    }

    /// An event of another type than the flow's: its own failure, through the tiers.
    fn misplaced(&self, event: &Event) -> Option<Outcome> {
        let Flow { name, event_type, .. } = &self.flow;
        (event.kind != *event_type).then(|| {
            Outcome::Retry(format!("flow \"{name}\" carries \"{event_type}\" events, not {:?}", event.kind))
        })
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
