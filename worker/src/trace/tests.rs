use super::*;
use bytes::Bytes;
use pawnshop_domain::{EventId, Instant};
use pawnshop_events::ContentHash;
use pawnshop_flow::outcomes::OutcomeRecord;
use pawnshop_messaging::Tier;
use pawnshop_trace::testing::{Recorded, traced};
use std::time::Duration;

const FLOW: FlowName = FlowName::fixed("alpha");
const FIRST: &str = "00-0af7651916cd43dd8448eb211c80319c-a7ad6b7169203331-01";
const UNSAMPLED: &str = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const SECOND: &str = "00-2af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01";
const THIRD: &str = "00-3af7651916cd43dd8448eb211c80319c-d7ad6b7169203331-01";

fn event(traceparent: &str) -> Event {
    Event {
        id: EventId::fresh(),
        source: "/shops/default/test".to_owned(),
        kind: "test.v1".to_owned(),
        subject: "violin".to_owned(),
        time: Instant::now(),
        traceparent: Some(traceparent.to_owned()),
        content_hash: ContentHash::from_text("v1:a"),
        attempt: 0,
        type_url: "type.googleapis.com/test.Thing".to_owned(),
        payload: Bytes::new(),
    }
}

fn received(traceparents: &[&str]) -> Vec<Received> {
    let received = |(receipt, traceparent): (u64, &&str)| Received {
        receipt: Receipt(receipt),
        flow: FLOW,
        event: Ok(event(traceparent)),
        given_up: None,
    };
    (0..).zip(traceparents).map(received).collect()
}

/// The span that continues this one.
fn of<'a>(spans: &'a [Recorded], traceparent: &str) -> &'a Recorded {
    let id = &traceparent[36..52];
    spans.iter().find(|span| span.parent == id).unwrap_or_else(|| panic!("{traceparent}: {spans:#?}"))
}

#[test]
fn a_batch_is_in_the_trace_of_its_first_sampled_event_and_linked_with_all_others() {
    let spans = traced("parentbased_always_off", || {
        let trace = BatchTrace::begin("test", &received(&[UNSAMPLED, FIRST, SECOND, "nonsense"]));
        trace.span().in_scope(|| drop(child!("work")));
        for receipt in 0..4 {
            trace.settled(Receipt(receipt), &Verdict::Applied);
        }
    });
    assert_eq!(spans.len(), 3, "{spans:#?}");
    let (batch, other) = (of(&spans, FIRST), of(&spans, SECOND));
    assert_eq!(batch.links, [SECOND]);
    assert_eq!(other.links, [batch.own.as_str()]);
    assert!(batch.has("messaging.batch.message_count=4") && !other.has("messaging.batch.message_count=4"));
    for span in [batch, other] {
        assert_eq!((span.name.as_str(), span.kind.as_str()), ("process alpha", "consumer"));
        assert!(span.has("pawnshop.outcome=applied") && span.failure.is_none(), "{span:#?}");
    }
    let work = spans.iter().find(|span| span.name == "work").unwrap();
    assert!(batch.is_parent_of(work), "{spans:#?}");
}

#[test]
fn a_batch_without_a_sampled_event_has_no_spans() {
    let spans = traced("always_on", || {
        let trace = BatchTrace::begin("test", &received(&[UNSAMPLED, ""]));
        trace.span().in_scope(|| assert!(child!("work").is_disabled()));
    });
    assert!(spans.is_empty(), "{spans:#?}");
}

#[test]
fn an_event_that_did_not_end_well_says_so_in_its_own_trace() {
    let dead = OutcomeRecord::retries_exhausted(&FLOW, &event(SECOND), "it is broken".to_owned());
    let spans = traced("always_on", || {
        let trace = BatchTrace::begin("test", &received(&[FIRST, SECOND, THIRD]));
        trace.settled(Receipt(0), &Verdict::Retry(Tier { delay: Duration::from_secs(1) }));
        trace.settled(Receipt(1), &Verdict::Recorded(Box::new(dead)));
        trace.settled(Receipt(2), &Verdict::Return);
    });
    for (traceparent, outcome, kind, failure) in [
        (FIRST, "retried", "retried", "it is tried again in 1s"),
        (SECOND, "dead-lettered", "retries_exhausted", "it is broken"),
        (THIRD, "returned", "returned", "it was not tried"),
    ] {
        let span = of(&spans, traceparent);
        assert!(span.has(&format!("pawnshop.outcome={outcome}")), "{span:#?}");
        assert!(span.has(&format!("error.type={kind}")), "{span:#?}");
        assert!(span.failure.as_ref().is_some_and(|told| told.contains(failure)), "{span:#?}");
    }
}

#[test]
fn events_that_come_again_fail_all_their_spans() {
    let spans = traced("always_on", || {
        let trace = BatchTrace::begin("test", &received(&[FIRST, SECOND]));
        trace.lost(&"no answer within 5s");
    });
    assert!(spans.iter().all(|span| span.failure.as_deref() == Some("no answer within 5s")), "{spans:#?}");
}
