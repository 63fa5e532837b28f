use crate::{Broker, BrokerError, Consumer, Receipt, Received, RetrySchedule, Settlement};
use async_trait::async_trait;
use bytes::Bytes;
use pawnshop_domain::{EventId, FlowName, Instant};
use pawnshop_events::{ContentHash, Event};
use pawnshop_scaling::Backlog;
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// How long anything that must happen may take. Longer than the longest delay: ten times [`Backend::backlog_lag`].
const DEADLINE: Duration = Duration::from_secs(90);
/// How long what must not happen is waited for.
const QUIET: Duration = Duration::from_millis(200);

/// A broker that the contract can be run through.
#[async_trait]
pub trait Backend: Sized + Send + Sync + 'static {
    /// A broker with no flows and these delay tiers, that nobody else uses.
    async fn start(schedule: RetrySchedule) -> Self;

    /// The running broker.
    fn broker(&self) -> Arc<dyn Broker>;

    /// The broker as it is after this process (not the machine) was killed and started again. Earlier
    /// publishers and consumers are not used any more.
    async fn crash(self) -> Self;

    /// Whether a test cannot run on this machine, for want of a server; a backend that needs one notes the test.
    async fn skips(_test: &str) -> bool {
        false
    }

    /// How long the broker may take to tell a backlog that has changed.
    fn backlog_lag() -> Duration {
        Duration::from_millis(400)
    }

    /// Whether a consumer may hold events that it was not asked for yet, as a broker's prefetch does: they come to
    /// others only when it ends.
    fn prefetches() -> bool {
        false
    }
}

/// The flow that most tests use.
pub fn flow(name: &str) -> FlowName {
    name.parse().unwrap()
}

/// A fresh event that says which one it is.
pub fn event(n: usize) -> Event {
    Event {
        id: EventId::fresh(),
        source: "/shops/default/downtown".to_owned(),
        kind: "pawnshop.test.v1".to_owned(),
        subject: format!("item-{n}"),
        time: Instant::now(),
        traceparent: None,
        content_hash: ContentHash::from_text(format!("hash-{n}")),
        attempt: 0,
        type_url: "type.googleapis.com/pawnshop.test.v1.Test".to_owned(),
        payload: Bytes::from(vec![7; 200]),
    }
}

pub(crate) fn events(count: usize) -> Vec<Event> {
    (0..count).map(event).collect()
}

pub(crate) fn ids(events: &[Event]) -> BTreeSet<EventId> {
    events.iter().map(|event| event.id).collect()
}

pub(crate) fn received_ids(received: &[Received]) -> BTreeSet<EventId> {
    received.iter().map(|received| received.event.as_ref().unwrap().id).collect()
}

pub(crate) fn all(received: &[Received], settlement: Settlement) -> Vec<(Receipt, Settlement)> {
    received.iter().map(|received| (received.receipt, settlement)).collect()
}

/// A broker with the flow `a` declared, and the usual steps.
pub(crate) struct World<B> {
    pub(crate) backend: B,
}

impl<B: Backend> World<B> {
    pub(crate) async fn start() -> Self {
        Self::with_tiers(&[]).await
    }

    pub(crate) async fn with_tiers(tiers: &[Duration]) -> Self {
        let backend = B::start(RetrySchedule::new(tiers.to_vec())).await;
        backend.broker().declare(&[flow("a")]).await.unwrap();
        Self { backend }
    }

    pub(crate) async fn crash(self) -> Self {
        let backend = within(self.backend.crash()).await;
        backend.broker().declare(&[flow("a")]).await.unwrap();
        Self { backend }
    }

    pub(crate) fn broker(&self) -> Arc<dyn Broker> {
        self.backend.broker()
    }

    pub(crate) async fn publish(&self, name: &str, events: &[Event]) {
        within(self.broker().publisher().publish(&flow(name), events.to_vec())).await.unwrap();
    }

    pub(crate) async fn consumer(&self) -> Box<dyn Consumer> {
        self.consume(&[flow("a")]).await.unwrap()
    }

    /// What a consumer of these flows is answered, by a broker that may have to be connected to first.
    pub(crate) async fn consume(&self, flows: &[FlowName]) -> Result<Box<dyn Consumer>, BrokerError> {
        let broker = self.broker();
        within(async {
            loop {
                match broker.consume(flows).await {
                    Err(BrokerError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
                    answer => break answer,
                }
            }
        })
        .await
    }

    /// Waits for backlogs that a broker may tell late.
    pub(crate) async fn eventually_backlog(&self, ready_and_unsettled: u64, delayed: u64) {
        let wanted = (Backlog::Known(ready_and_unsettled), Backlog::Known(delayed));
        let broker = self.broker();
        let mut found = None;
        let reached = tokio::time::timeout(DEADLINE, async {
            while found.as_ref() != Some(&wanted) {
                tokio::time::sleep(Duration::from_millis(5)).await;
                found = Some((broker.backlog(&flow("a")).await, broker.delayed(&flow("a")).await));
            }
        });
        let reached = reached.await.is_ok();
        assert!(reached, "backlog and delayed should be {wanted:?} and are {found:?}");
    }
}

/// `future`'s result; a hanging one fails the test.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.expect("this takes too long")
}

/// Receives until there are `count` events.
pub(crate) async fn receive(consumer: &dyn Consumer, count: usize) -> Vec<Received> {
    let mut received = Vec::new();
    while received.len() < count {
        let left = count - received.len();
        let more = tokio::time::timeout(DEADLINE, consumer.receive(left)).await;
        let more = more.unwrap_or_else(|_| panic!("{} of {count} events came", received.len()));
        received.extend(more.unwrap());
    }
    received
}

pub(crate) async fn settle(consumer: &dyn Consumer, settlements: Vec<(Receipt, Settlement)>) {
    within(consumer.settle(settlements)).await.unwrap();
}

/// Nothing comes for a while.
pub(crate) async fn nothing_comes(consumer: &dyn Consumer) {
    if let Ok(received) = tokio::time::timeout(QUIET, consumer.receive(10)).await {
        panic!("nothing should come, but this did: {received:?}");
    }
}
