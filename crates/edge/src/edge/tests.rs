use super::*;
use bytes::Bytes;
use futures::stream;
use pawnshop_rpc::in_process;
use std::convert::Infallible;
use tonic::service::Routes;

struct NoBroker;

#[async_trait::async_trait]
impl Publisher for NoBroker {
    async fn publish(&self, _: &FlowName, _: Vec<Event>) -> Result<(), PublishError> {
        Err(PublishError::Unavailable("bodies need no broker".into()))
    }
}

/// Bodies of at most 8 bytes, larger ones one at a time.
fn edge() -> Edge {
    Edge::new(EdgeOptions {
        shop: ShopName::new("default", "downtown").unwrap(),
        publisher: Arc::new(NoBroker),
        workers: in_process(Routes::default()),
        flows: Vec::new(),
        limits: Limits { max_body_bytes: 8, max_large_bodies: 1, ..Limits::default() },
    })
}

async fn read_large(edge: &Edge, body: impl Into<Body>) -> u16 {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
    match edge.read_large_fields(&headers, body.into(), 64).await {
        Ok(_) => 200,
        Err(problem) => problem.status().as_u16(),
    }
}

#[tokio::test]
async fn a_body_may_be_larger_where_a_route_takes_it() {
    let edge = edge();
    assert_eq!(read_large(&edge, r#"{"a": "more than eight"}"#).await, 200);
    assert_eq!(read_large(&edge, "{}").await, 200);
    assert_eq!(read_large(&edge, format!("{{}}{}", " ".repeat(63))).await, 413);
}

#[tokio::test]
async fn one_large_body_too_many_is_refused_and_small_ones_are_not() {
    let edge = edge();
    let slow = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
    let mut reading = Box::pin(edge.read_large_fields(&headers, slow, 64));
    assert!(futures::poll!(&mut reading).is_pending());
    assert_eq!(read_large(&edge, r#"{"a": "more than eight"}"#).await, 429);
    assert_eq!(read_large(&edge, "{}").await, 200);
    drop(reading);
    assert_eq!(read_large(&edge, r#"{"a": "more than eight"}"#).await, 200);
}
