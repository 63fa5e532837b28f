//! One consumer of a worker, and a handler for each of its flows.

mod alone;
mod together;

use crate::batch::Group;
use crate::decided::{Decided, log_batch};
use crate::handling::Handling;
use crate::pace::Pace;
use crate::trace::{self, BatchTrace};
use crate::verdict::Verdict;
use crate::worker::Surroundings;
use pawnshop_domain::FlowName;
use pawnshop_flow::outcomes::OutcomeRecord;
use pawnshop_flow::{Flow, Pacing, Unavailable, World};
use pawnshop_messaging::{BrokerError, Consumer, Receipt};
use pawnshop_trace::SpanExt;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant as Time, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// A consumer of flows that are paced alike.
pub(crate) struct Consuming {
    shop: Arc<Surroundings>,
    flows: Vec<FlowName>,
    handlings: BTreeMap<FlowName, Handling>,
    /// How many events are in hand at once.
    pace: Arc<Pace>,
    /// Of events that are handled alone, the most in hand at once.
    alone: Option<NonZeroUsize>,
}

/// The consumer can no longer be relied on.
struct Lost;

impl Consuming {
    /// Of these flows: several that are handled together, or one whose events are handled alone.
    pub(crate) fn new(shop: Arc<Surroundings>, flows: &[&Flow], world: &World) -> Self {
        let handlings = flows.iter().map(|flow| (flow.name.clone(), Handling::new(flow, world, &shop)));
        let alone = flows.iter().find_map(|flow| match flow.pacing {
            Pacing::Together { .. } => None,
            Pacing::Alone { concurrency } => Some(concurrency(&world.config)),
        });
        Self {
            flows: flows.iter().map(|flow| flow.name.clone()).collect(),
            handlings: handlings.collect(),
            pace: alone.map_or_else(|| Arc::clone(&shop.pace), |most| Arc::new(Pace::of_each(most.get()))),
            alone,
            shop,
        }
    }

    /// Works until `stop` is cancelled; then finishes and settles what it holds, and ends.
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
            match stop.run_until_cancelled(within(self.shop.deadlines.broker, self.consumer(&flows))).await {
                Some(Ok(consumer)) => self.consume(consumer.as_ref(), &flows, &stop).await,
                Some(Err(reason)) => self.broker_failed(reason),
                None => {}
            }
        }
    }

    async fn consumer(&self, flows: &[FlowName]) -> Result<Box<dyn Consumer>, BrokerError> {
        match self.alone {
            None => self.shop.broker.consume(flows).await,
            Some(most) => self.shop.broker.consume_few(flows, most).await,
        }
    }

    /// Consumes until told to stop, or until other flows may be consumed than those of this consumer. Its owner
    /// drops it then, which returns what it has not settled.
    async fn consume(&self, consumer: &dyn Consumer, flows: &[FlowName], stop: &CancellationToken) {
        let changed = self.shop.circuits.changed(&self.flows, flows);
        let enough = async {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = changed => {}
            }
        };
        match self.alone {
            None => self.together(consumer, enough, stop).await,
            Some(most) => self.each_alone(consumer, enough, most, stop).await,
        }
    }

    /// What becomes of events of one flow.
    async fn decide<'a>(&'a self, group: &'a Group, stop: &CancellationToken) -> Vec<Decided<'a>> {
        let Some(handling) = self.handlings.get(&group.flow) else {
            tracing::error!(flow = %group.flow, "received events of a flow that was not consumed");
            return Vec::new();
        };
        handling.metrics.batch(group.events.len());
        let handled = handling.handle(&group.events, stop).await;
        if let Some(failed) = &handled.unavailable {
            self.failed(failed, Some(handling));
        }
        let events = group.receipts.iter().zip(group.events.iter()).zip(handled.outcomes);
        events
            .map(|((&receipt, event), outcome)| {
                let verdict = Verdict::of(&group.flow, event, outcome, &self.shop.schedule);
                Decided { receipt, handling, event: Some(event), verdict }
            })
            .collect()
    }

    /// A dead letter as it came, and what is written of it.
    fn letter(&self, receipt: Receipt, record: OutcomeRecord) -> Option<Decided<'_>> {
        let handling = self.handlings.get(&record.flow)?;
        handling.metrics.received.increment(1);
        Some(Decided { receipt, handling, event: None, verdict: Verdict::Recorded(Box::new(record)) })
    }

    /// Writes the outcome documents of events that were begun at this time, then settles them: in this order, so that
    /// nothing ends before its outcome is known (D3).
    async fn settle(
        &self,
        consumer: &dyn Consumer,
        mut decided: Vec<Decided<'_>>,
        traces: &[&BatchTrace],
        begun: Time,
    ) -> Result<(), Lost> {
        self.record(&mut decided).await;
        let settlements: Vec<_> =
            decided.iter().map(|event| (event.receipt, event.verdict.settlement())).collect();
        let settling = trace::settling(self.shop.world.publisher.system(), settlements.len());
        let settled = consumer.settle(settlements).instrument(settling.clone());
        match within(self.shop.deadlines.broker, settled).await {
            Ok(()) => {
                for event in &decided {
                    event.settled();
                    traces.iter().for_each(|trace| trace.settled(event.receipt, &event.verdict));
                }
                log_batch(&decided, begun, Ok(()));
                if decided.iter().all(|event| event.verdict != Verdict::Return) {
                    self.pace.faster();
                    self.shop.circuits.worked();
                }
                Ok(())
            }
            Err(reason) => {
                settling.fail("unavailable", &reason);
                traces.iter().for_each(|trace| trace.lost(&reason));
                log_batch(&decided, begun, Err(&reason));
                self.broker_failed(reason);
                Err(Lost)
            }
        }
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

    /// `of`: who says so, where an event's handler does.
    fn failed(&self, failed: &Unavailable, of: Option<&Handling>) {
        if failed.dependency == Unavailable::STORE || self.alone.is_some() {
            self.pace.slower();
        }
        self.shop.circuits.trip(failed, of);
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
