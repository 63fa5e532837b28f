//! Spans of a batch, by OpenTelemetry's conventions for messaging.
//!
//! A batch holds events of many traces. Its own span, in which all is done, continues the first of them that is sampled, and
//! stands for that event; each other sampled event has a span of the same name in its own trace. Links lead from the batch to
//! these events, and from them to the batch.

use crate::verdict::Verdict;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_flow::outcomes::OutcomeKind;
use pawnshop_messaging::{Receipt, Received};
use pawnshop_trace::{Remote, SpanExt, child, is_on, root};
use std::collections::BTreeMap;
use std::fmt::Display;
use tracing::Span;

/// The spans of a batch; they end with it.
pub(crate) struct BatchTrace {
    batch: Span,
    /// Of each sampled event, by its receipt; that of the first is the batch's.
    events: BTreeMap<u64, Span>,
}

/// A received event whose trace is sampled.
struct Sampled<'a> {
    receipt: Receipt,
    flow: &'a FlowName,
    event: &'a Event,
    sent: Remote,
}

impl BatchTrace {
    /// Begins the spans of what was received: none where no event of it is sampled.
    pub(crate) fn begin(system: &'static str, received: &[Received]) -> Self {
        let none = Self { batch: Span::none(), events: BTreeMap::new() };
        if !is_on() {
            return none;
        }
        let sampled: Vec<Sampled> = received.iter().filter_map(Sampled::of).collect();
        let Some((first, others)) = sampled.split_first() else { return none };
        let batch = first.process(system);
        batch.set("messaging.batch.message_count", i64::try_from(received.len()).unwrap_or(i64::MAX));
        // Not to the first, whose child it is: Jaeger takes a link to the parent for all there is between the two.
        others.iter().for_each(|event| batch.link(&event.sent));
        let own = Remote::of(&batch);
        let other = |event: &Sampled| {
            let span = event.process(system);
            if let Some(batch) = &own {
                span.link(batch);
            }
            (event.receipt.0, span)
        };
        let mut events: BTreeMap<u64, Span> = others.iter().map(other).collect();
        events.insert(first.receipt.0, batch.clone());
        Self { batch, events }
    }

    /// What the batch is worked through in.
    pub(crate) fn span(&self) -> &Span {
        &self.batch
    }

    /// Tells an event's span what became of it.
    pub(crate) fn settled(&self, receipt: Receipt, verdict: &Verdict) {
        let Some(span) = self.events.get(&receipt.0) else { return };
        let outcome = verdict.counted_as().word();
        span.set("pawnshop.outcome", outcome);
        match verdict {
            Verdict::Recorded(record) => {
                if let OutcomeKind::DeadLettered { code, detail } = &record.kind {
                    span.fail(code.to_string(), detail);
                }
            }
            Verdict::Retry(tier) => {
                span.fail(outcome, &format_args!("it is tried again in {:?}", tier.delay))
            }
            Verdict::Return => span.fail(outcome, &"it was not tried"),
            Verdict::Applied => {}
        }
    }

    /// Tells every span that the events come again, since the broker could not be told of them.
    pub(crate) fn lost(&self, reason: &dyn Display) {
        self.events.values().for_each(|span| span.fail("unavailable", reason));
    }
}

impl<'a> Sampled<'a> {
    fn of(Received { receipt, flow, event, .. }: &'a Received) -> Option<Self> {
        let event = event.as_ref().ok()?;
        let sent = Remote::parse(event.traceparent.as_deref()?)?;
        sent.is_sampled().then_some(Self { receipt: *receipt, flow, event, sent })
    }

    fn process(&self, system: &'static str) -> Span {
        let Event { id, kind, subject, attempt, .. } = self.event;
        let span = root!(
            "process",
            otel.name = format!("process {}", self.flow),
            otel.kind = "consumer",
            messaging.system = system,
            messaging.destination.name = self.flow.as_str(),
            messaging.operation.name = "process",
            messaging.operation.type = "process",
            messaging.message.id = %id,
            cloudevents.event_type = kind.as_str(),
            cloudevents.event_subject = subject.as_str(),
            pawnshop.attempt = attempt,
        );
        span.continues(&self.sent);
        span
    }
}

/// The span in which outcome documents are written, dead letters among them.
pub(crate) fn recording(documents: usize) -> Span {
    child!("record outcomes", pawnshop.documents = documents)
}

/// The span in which the broker is told of a batch's events.
pub(crate) fn settling(system: &'static str, events: usize) -> Span {
    child!(
        "settle",
        otel.kind = "client",
        messaging.system = system,
        messaging.operation.name = "settle",
        messaging.operation.type = "settle",
        messaging.batch.message_count = events,
    )
}

#[cfg(test)]
mod tests;
