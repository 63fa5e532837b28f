use super::*;
use crate::testing::{Recorded, traced};
use crate::{Remote, Sampler, SpanExt, child, is_on, is_sampled, root};
use tracing::{Level, Span};
use tracing_subscriber::layer::SubscriberExt;

fn names(spans: &[Recorded]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

#[test]
fn while_it_is_off_there_are_no_spans() {
    assert!(!is_on() && !is_sampled());
    assert!(root!("request").is_disabled() && child!("part").is_disabled());
    let plain = Registry::default().with(tracing_subscriber::EnvFilter::new("trace,pawnshop::trace=off"));
    tracing::subscriber::with_default(plain, || {
        assert!(!is_on() && root!("request").is_disabled());
        assert!(tracing::enabled!(Level::TRACE), "all else is as it was");
    });
}

#[test]
fn a_child_is_there_where_its_parent_is_and_begins_no_trace() {
    let spans = traced("always_on", || {
        assert!(child!("of nobody").is_disabled());
        let request = root!("request", otel.kind = "server");
        request.in_scope(|| child!("part", otel.name = "a part").in_scope(|| assert!(is_sampled())));
    });
    assert_eq!(names(&spans), ["a part", "request"]);
    assert!(spans[1].is_parent_of(&spans[0]), "{spans:#?}");
    assert_eq!(spans[1].kind, "server");
}

#[test]
fn a_root_in_a_span_is_not_its_child() {
    let spans = traced("always_on", || root!("one").in_scope(|| drop(root!("other"))));
    assert_eq!(names(&spans), ["other", "one"]);
    assert!(!spans[1].is_parent_of(&spans[0]), "{spans:#?}");
    let traces: Vec<_> = spans.iter().map(|span| Remote::parse(&span.own).unwrap()).collect();
    assert!(!traces[0].shares_trace_with(&traces[1]), "{spans:#?}");
}

#[test]
fn what_is_not_sampled_has_no_children_and_tells_so_to_others() {
    let spans = traced("parentbased_always_off", || {
        let request = root!("request");
        request.in_scope(|| {
            assert!(is_on() && !is_sampled() && child!("part").is_disabled());
            let remote = Remote::current().unwrap();
            assert!(remote.to_string().ends_with("-00"), "{remote}");
        });
    });
    assert!(spans.is_empty());
}

#[test]
fn a_root_continues_and_links_to_spans_of_others() {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let other = Remote::parse("00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01").unwrap();
    let spans = traced("parentbased_always_off", || {
        let request = root!("request");
        request.continues(&Remote::parse(parent).unwrap());
        request.link(&other);
        let own = Remote::of(&request).unwrap();
        assert!(own.shares_trace_with(&Remote::parse(parent).unwrap()) && !own.shares_trace_with(&other));
    });
    assert_eq!(spans[0].parent, "b7ad6b7169203331");
    assert_eq!(spans[0].links, [other.to_string()]);
}

#[test]
fn a_failure_is_the_spans_status_with_its_kind_as_an_attribute() {
    let spans = traced("always_on", || {
        let request = root!("request");
        request.set("count", 3_i64);
        request.rename("renamed");
        request.fail("timeout", &"no answer within 5 s");
        Span::none().fail("timeout", &"it is none");
    });
    assert_eq!(names(&spans), ["renamed"]);
    assert_eq!(spans[0].failure.as_deref(), Some("no answer within 5 s"));
    assert_eq!(spans[0].attributes, ["count=3", "error.type=timeout"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_costs_spans_and_no_more_than_the_end_may_take() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let options = TraceOptions {
        endpoint: crate::endpoint(&format!("http://{address}")).unwrap(),
        headers: None,
        sampler: Sampler::new("always_on", 1.0).unwrap(),
        service: "test".to_owned(),
        version: "0",
    };
    let (layer, pipeline) = start(&options).unwrap();
    tracing::subscriber::with_default(Registry::default().with(layer), || drop(root!("request")));
    timeout(END_DEADLINE * 2, pipeline.end()).await.expect("it ends");
}
