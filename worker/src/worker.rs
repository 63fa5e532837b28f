//! A worker: receive, handle, then acknowledge, retry or dead-letter (decision D1).

use crate::Deadlines;
use crate::batch::{Batch, Group};
use crate::circuit::Circuits;
use crate::decided::{Decided, log_batch};
use crate::handling::Handling;
use crate::held::Held;
use crate::pace::Pace;
use crate::tally::Tallies;
use crate::trace::{self, BatchTrace};
use crate::verdict::Verdict;
use futures::future::join_all;
use pawnshop_domain::FlowName;
use pawnshop_flow::outcomes::Outcomes;
use pawnshop_flow::{Unavailable, World};
use pawnshop_messaging::{Broker, BrokerError, Consumer, Received, RetrySchedule};
use pawnshop_trace::SpanExt;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::time::{Instant as Time, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// What the workers of a fleet share.
pub(crate) struct Surroundings {
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) world: World,
    pub(crate) outcomes: Outcomes,
    pub(crate) schedule: RetrySchedule,
    pub(crate) pace: Pace,
    pub(crate) linger: Duration,
    pub(crate) deadlines: Deadlines,
    pub(crate) circuits: Arc<Circuits>,
    pub(crate) stuck: Arc<AtomicUsize>,
    pub(crate) held: Arc<Held>,
    pub(crate) tallies: Tallies,
}

/// One worker: a consumer, and a handler per flow.
pub(crate) struct Worker {
    shop: Arc<Surroundings>,
    flows: Vec<FlowName>,
    handlings: BTreeMap<FlowName, Handling>,
}

/// The consumer can no longer be relied on.
struct Lost;

impl Worker {
    /// A worker of these flows.
    pub(crate) fn new(shop: Arc<Surroundings>, flows: &[pawnshop_flow::Flow], world: &World) -> Self {
        let Surroundings { deadlines, circuits, stuck, tallies, .. } = &*shop;
        let handling = |flow: &pawnshop_flow::Flow| {
            let (circuits, stuck) = (Arc::clone(circuits), Arc::clone(stuck));
            Handling::new(flow, world, tallies.of_flow(&flow.name), deadlines.handler, circuits, stuck)
        };
        let handlings = flows.iter().map(|flow| (flow.name.clone(), handling(flow))).collect();
        let flows = flows.iter().map(|flow| flow.name.clone()).collect();
        Self { shop, flows, handlings }
    }

    /// Works until `stop` is cancelled; then finishes and settles what it holds, and ends (G5).
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let flows = self.shop.circuits.allowed(&self.flows);
            if flows.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.shop.circuits.changed(&self.flows, &flows) => {}
                }
                continue;
            }
            let consumer = within(self.shop.deadlines.broker, self.shop.broker.consume(&flows));
            match stop.run_until_cancelled(consumer).await {
                Some(Ok(consumer)) => self.consume(consumer.as_ref(), &flows, &stop).await,
                Some(Err(reason)) => self.broker_failed(reason),
                None => {}
            }
        }
    }

    /// Consumes until told to stop, or until other flows may be consumed than those of this consumer. Its owner
    /// drops it then, which returns what it has not settled.
    async fn consume(&self, consumer: &dyn Consumer, flows: &[FlowName], stop: &CancellationToken) {
        let changed = self.shop.circuits.changed(&self.flows, flows);
        tokio::pin!(changed);
        loop {
            let received = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = &mut changed => return,
                received = self.receive(consumer) => received,
            };
            match received {
                Ok(received) => {
                    if let Err(Lost) = self.work_through(consumer, received, stop).await {
                        return;
                    }
                }
                Err(error) => return self.broker_failed(error.to_string()),
            }
        }
    }

    /// Waits for events, then up to the linger time for the batch to fill.
    async fn receive(&self, consumer: &dyn Consumer) -> Result<Vec<Received>, BrokerError> {
        let (batch, linger) = (self.shop.pace.batch(), self.shop.linger);
        let mut received = consumer.receive(batch).await?;
        let end = Time::now() + linger;
        while received.len() < batch && Time::now() < end {
            match timeout_at(end, consumer.receive(batch - received.len())).await {
                Ok(more) => received.extend(more?),
                Err(_) => break,
            }
        }
        Ok(received)
    }

    /// Works a batch through in the span of its trace, if it has one.
    async fn work_through(
        &self,
        consumer: &dyn Consumer,
        received: Vec<Received>,
        stop: &CancellationToken,
    ) -> Result<(), Lost> {
        let trace = BatchTrace::begin(self.shop.world.publisher.system(), &received);
        let span = trace.span().clone();
        self.settle_all(consumer, received, stop, trace).instrument(span).await
    }

    /// Handles what was received, writes the outcome documents, then settles: in this order, so that nothing
    /// ends before its outcome is known (D3).
    async fn settle_all(
        &self,
        consumer: &dyn Consumer,
        received: Vec<Received>,
        stop: &CancellationToken,
        trace: BatchTrace,
    ) -> Result<(), Lost> {
        let _holding = self.shop.held.take();
        let begun = Time::now();
        let Batch { groups, letters } = Batch::sort(received);
        let mut decided: Vec<Decided> = join_all(groups.iter().map(|group| self.decide(group, stop)))
            .await
            .into_iter()
            .flatten()
            .collect();
        decided.extend(letters.into_iter().filter_map(|(receipt, record)| {
            let handling = self.handlings.get(&record.flow)?;
            handling.metrics.received.increment(1);
            Some(Decided { receipt, handling, event: None, verdict: Verdict::Recorded(Box::new(record)) })
        }));
        self.record(&mut decided).await;

        let settlements: Vec<_> =
            decided.iter().map(|event| (event.receipt, event.verdict.settlement())).collect();
        let settling = trace::settling(self.shop.world.publisher.system(), settlements.len());
        let settled = consumer.settle(settlements).instrument(settling.clone());
        match within(self.shop.deadlines.broker, settled).await {
            Ok(()) => {
                for event in &decided {
                    event.settled();
                    trace.settled(event.receipt, &event.verdict);
                }
                log_batch(&decided, begun, Ok(()));
                if decided.iter().all(|event| event.verdict != Verdict::Return) {
                    self.shop.pace.faster();
                    self.shop.circuits.worked();
                }
                Ok(())
            }
            Err(reason) => {
                settling.fail("unavailable", &reason);
                trace.lost(&reason);
                log_batch(&decided, begun, Err(&reason));
                self.broker_failed(reason);
                Err(Lost)
            }
        }
    }

    async fn decide<'a>(&'a self, group: &'a Group, stop: &CancellationToken) -> Vec<Decided<'a>> {
        let Some(handling) = self.handlings.get(&group.flow) else {
            tracing::error!(flow = %group.flow, "received events of a flow that was not consumed");
            return Vec::new();
        };
        handling.metrics.batch(group.events.len());
        let handled = handling.handle(&group.events, stop).await;
        if let Some(failed) = &handled.unavailable {
            self.failed(failed, Some(&group.flow));
        }
        let events = group.receipts.iter().zip(group.events.iter()).zip(handled.outcomes);
        events
            .map(|((&receipt, event), outcome)| {
                let verdict = Verdict::of(&group.flow, event, outcome, &self.shop.schedule);
                Decided { receipt, handling, event: Some(event), verdict }
            })
            .collect()
    }

    /// Writes all outcome documents; events whose documents may not be written go back.
    async fn record(&self, decided: &mut [Decided<'_>]) {
        let records: Vec<_> = decided.iter().filter_map(|event| event.verdict.record().cloned()).collect();
        if records.is_empty() {
            return;
        }
        let span = trace::recording(records.len());
        let recorded = self.shop.outcomes.record(records).instrument(span.clone());
        if let Err(reason) = within(self.shop.deadlines.store, recorded).await {
            span.fail("unavailable", &reason);
            self.failed(&Unavailable { dependency: Unavailable::STORE, reason }, None);
            for event in decided.iter_mut().filter(|event| event.verdict.record().is_some()) {
                event.verdict = Verdict::Return;
            }
        }
    }

    fn broker_failed(&self, reason: String) {
        self.failed(&Unavailable { dependency: Unavailable::BROKER, reason }, None);
    }

    fn failed(&self, failed: &Unavailable, flow: Option<&FlowName>) {
        if failed.dependency == Unavailable::STORE {
            self.shop.pace.slower();
        }
        self.shop.circuits.trip(failed, flow);
    }
}

/// The answer, or why there is none, in words.
async fn within<T, E: Display>(
    deadline: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match timeout(deadline, call).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {deadline:?}")),
    }
}
