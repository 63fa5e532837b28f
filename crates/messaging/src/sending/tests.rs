use super::*;
use bytes::Bytes;
use futures::FutureExt;
use pawnshop_domain::{EventId, Instant};
use pawnshop_events::ContentHash;
use pawnshop_trace::root;
use pawnshop_trace::testing::{Recorded, traced};
use std::future::ready;
use std::sync::Mutex;

const FLOW: FlowName = FlowName::fixed("alpha");
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn event(traceparent: Option<&str>) -> Event {
    Event {
        id: EventId::fresh(),
        source: "/shops/default/test".to_owned(),
        kind: "test.v1".to_owned(),
        subject: "violin".to_owned(),
        time: Instant::now(),
        traceparent: traceparent.map(str::to_owned),
        content_hash: ContentHash::from_text("v1:a"),
        attempt: 0,
        type_url: "type.googleapis.com/test.Thing".to_owned(),
        payload: Bytes::new(),
    }
}

/// What was published within a request: the traceparents of the events.
fn publish(events: Vec<Event>, answer: Result<(), PublishError>) -> Vec<Option<String>> {
    let published = Mutex::new(Vec::new());
    let flow = FLOW;
    let sent = sending("test", &flow, events, |events| {
        published.lock().unwrap().extend(events.into_iter().map(|event| event.traceparent));
        ready(answer.clone())
    });
    // At once, and in no executor: that of the exporter would not run within another.
    assert_eq!(sent.now_or_never(), Some(answer.clone()));
    published.into_inner().unwrap()
}

fn within_a_request(
    sampler: &str,
    events: Vec<Event>,
    answer: Result<(), PublishError>,
) -> (Vec<Option<String>>, Vec<Recorded>) {
    let mut published = Vec::new();
    let spans = traced(sampler, || {
        root!("request").in_scope(|| published = publish(events, answer));
    });
    (published, spans)
}

#[test]
fn an_event_carries_on_the_span_that_sends_it() {
    let event = event(None);
    let id = event.id.to_string();
    let (published, spans) = within_a_request("always_on", vec![event], Ok(()));
    let [send, request] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!((send.name.as_str(), send.kind.as_str()), ("send alpha", "producer"));
    assert!(request.is_parent_of(send), "{spans:#?}");
    assert_eq!(published, [Some(send.own.clone())]);
    assert!(send.has("messaging.system=test") && send.has("cloudevents.event_subject=violin"), "{send:#?}");
    assert!(send.has(&format!("messaging.message.id={id}")) && send.failure.is_none(), "{send:#?}");
}

#[test]
fn events_that_are_sent_together_share_the_span() {
    let (published, spans) = within_a_request("always_on", vec![event(None), event(None)], Ok(()));
    assert_eq!(published, vec![Some(spans[0].own.clone()); 2]);
    assert!(spans[0].has("messaging.batch.message_count=2"), "{spans:#?}");
}

#[test]
fn an_event_of_another_trace_is_linked_to_it() {
    let (published, spans) = within_a_request("always_on", vec![event(Some(OTHER))], Ok(()));
    assert_eq!(published, [Some(spans[0].own.clone())]);
    assert_eq!(spans[0].links, [OTHER]);
}

#[test]
fn an_event_of_a_request_that_is_not_sampled_says_so() {
    let (published, spans) = within_a_request("always_off", vec![event(None)], Ok(()));
    let told = Remote::parse(published[0].as_deref().unwrap()).unwrap();
    assert!(spans.is_empty() && !told.is_sampled());
}

#[test]
fn without_a_trace_an_event_keeps_what_it_has() {
    assert_eq!(publish(vec![event(Some(OTHER))], Ok(())), [Some(OTHER.to_owned())], "tracing is off");
    let spans = traced("always_on", || {
        assert_eq!(publish(vec![event(Some(OTHER)), event(None)], Ok(())), [Some(OTHER.to_owned()), None]);
    });
    assert!(spans.is_empty(), "what no request asked for begins no trace: {spans:#?}");
}

#[test]
fn a_failure_is_the_spans_status() {
    let full = PublishError::Full("1,000 events wait".to_owned());
    let (_, spans) = within_a_request("always_on", vec![event(None)], Err(full.clone()));
    assert_eq!(spans[0].failure, Some(full.to_string()));
    assert!(spans[0].has("error.type=full"), "{spans:#?}");
}
