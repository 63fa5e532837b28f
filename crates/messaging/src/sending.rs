use crate::PublishError;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_trace::{Remote, SpanExt, child, is_on};
use tracing::{Instrument, Span};

/// Publishes within a span of its own (`send`), for a backend of this `system`. While there is a trace, events carry it on: their
/// `traceparent` becomes that span, or the one around it where it is not sampled. Else they keep what they have.
///
/// # Errors
/// Those of `publish`.
pub async fn sending<F>(
    system: &'static str,
    flow: &FlowName,
    mut events: Vec<Event>,
    publish: impl FnOnce(Vec<Event>) -> F,
) -> Result<(), PublishError>
where
    F: Future<Output = Result<(), PublishError>>,
{
    if !is_on() {
        return publish(events).await;
    }
    let span = child!(
        "send",
        otel.name = format!("send {flow}"),
        otel.kind = "producer",
        messaging.system = system,
        messaging.destination.name = flow.as_str(),
        messaging.operation.name = "send",
        messaging.operation.type = "send",
    );
    match &events[..] {
        [event] => {
            span.set("messaging.message.id", event.id.to_string());
            span.set("cloudevents.event_type", event.kind.clone());
            span.set("cloudevents.event_subject", event.subject.clone());
        }
        _ => span.set("messaging.batch.message_count", i64::try_from(events.len()).unwrap_or(i64::MAX)),
    }
    if let Some(remote) = Remote::of(&span).or_else(Remote::current) {
        events.iter_mut().for_each(|event| hand_on(&remote, &span, event));
    }
    let sent = publish(events).instrument(span.clone()).await;
    if let Err(error) = &sent {
        span.fail(error.kind(), error);
    }
    sent
}

/// Has what comes of the event continue this span. A trace of its own, as a dead letter has that is replayed, is linked to.
fn hand_on(remote: &Remote, span: &Span, event: &mut Event) {
    let before = event.traceparent.as_deref().and_then(Remote::parse);
    if let Some(before) = before.filter(|before| !before.shares_trace_with(remote)) {
        span.link(&before);
    }
    event.traceparent = Some(remote.to_string());
}

#[cfg(test)]
mod tests;
