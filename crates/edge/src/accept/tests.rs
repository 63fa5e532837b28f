use super::*;
use crate::{EdgeOptions, Limits};
use async_trait::async_trait;
use http::header::RETRY_AFTER;
use http::{HeaderMap, Method};
use http_body_util::BodyExt;
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_events::ContentHasher;
use pawnshop_messaging::Publisher;
use pawnshop_rpc::in_process;
use pawnshop_rpc::v1::outcomes_server::{Outcomes, OutcomesServer};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tonic::service::Routes;
use tonic::{Request, Status};

/// A broker that answers as it is told; `None` never does.
struct Broker(Option<Result<(), PublishError>>);

#[async_trait]
impl Publisher for Broker {
    async fn publish(&self, _: &FlowName, _: Vec<Event>) -> Result<(), PublishError> {
        match &self.0 {
            Some(answer) => answer.clone(),
            None => std::future::pending().await,
        }
    }
}

/// Workers that know the outcome from the given question on.
#[derive(Clone)]
struct Workers {
    outcome: Option<v1::EventOutcome>,
    known_at: u32,
    asked: Arc<AtomicU32>,
    /// What they know before.
    before: Option<v1::EventOutcome>,
}

impl Workers {
    fn that_know(outcome: v1::EventOutcome) -> Self {
        Self { outcome: Some(outcome), known_at: 3, asked: Arc::default(), before: None }
    }

    fn that_know_nothing() -> Self {
        Self { outcome: None, known_at: 0, asked: Arc::default(), before: None }
    }
}

#[async_trait]
impl Outcomes for Workers {
    async fn get_outcome(
        &self,
        request: Request<v1::GetOutcomeRequest>,
    ) -> Result<tonic::Response<v1::EventOutcome>, Status> {
        let request = request.into_inner();
        assert_eq!(request.flow, "item");
        assert!(request.content_hash.starts_with("v1:"), "{request:?}");
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.outcome {
            Some(outcome) if asked >= self.known_at => {
                Ok(tonic::Response::new(v1::EventOutcome { event_id: request.event_id, ..outcome.clone() }))
            }
            Some(_) => match &self.before {
                Some(before) => Ok(tonic::Response::new(before.clone())),
                None => Err(Status::unavailable("this worker is going")),
            },
            None => Err(Status::not_found("nothing is known")),
        }
    }
}

fn edge(broker: Broker, workers: Workers) -> Edge {
    Edge::new(EdgeOptions {
        shop: shop(),
        publisher: Arc::new(broker),
        workers: in_process(Routes::new(OutcomesServer::new(workers))),
        flows: vec!["item".parse().unwrap()],
        limits: Limits { publish_deadline: Duration::from_millis(50), ..Limits::default() },
    })
}

fn shop() -> ShopName {
    ShopName::new("default", "downtown").unwrap()
}

/// What a client sees when it asks for an item's event.
async fn ask(edge: &Edge, flow: &str, headers: &[(&'static str, &str)]) -> (StatusCode, HeaderMap, Value) {
    let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let caller = Caller::new(&shop(), &Method::POST, "/item/add", &headers.collect()).unwrap();
    let event = Event {
        id: caller.event_id(),
        source: "/shops/default/downtown".into(),
        kind: "pawnshop.item.v1".into(),
        subject: "car-1".into(),
        time: pawnshop_domain::Instant::now(),
        traceparent: None,
        content_hash: ContentHasher::new("pawnshop.item.v1").finish(),
        attempt: 0,
        type_url: "type.googleapis.com/pawnshop.v1.ItemAdded".into(),
        payload: bytes::Bytes::new(),
    };
    let response = edge.accept(caller, flow, event).await.unwrap_or_else(IntoResponse::into_response);
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
}

fn outcome(kind: v1::OutcomeKind, code: &str, conflict: bool) -> v1::EventOutcome {
    v1::EventOutcome {
        flow: "item".into(),
        kind: kind.into(),
        code: code.into(),
        detail: if code.is_empty() { String::new() } else { "because".into() },
        conflict,
        attempts: 2,
        time_us: 1_000_000,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_durable_event_is_accepted_with_its_ids_and_where_its_outcome_will_be() {
    let edge = edge(Broker(Some(Ok(()))), Workers::that_know_nothing());
    let (status, headers, body) = ask(&edge, "item", &[("idempotency-key", "k")]).await;
    assert_eq!(status, 202);
    assert_eq!(headers[CONTENT_TYPE], "application/json");
    let id = EventId::derived(&["default.downtown", "POST", "/item/add", "k"]).to_string();
    assert_eq!(headers[LOCATION], format!("/event/{id}?flow=item"));
    assert!(!headers.contains_key(PREFERENCE_APPLIED));
    assert_eq!(body, json!({"eventId": id, "itemId": "car-1"}));
}

#[tokio::test]
async fn a_flow_that_no_pool_serves_is_never_accepted() {
    let edge = edge(Broker(Some(Ok(()))), Workers::that_know_nothing());
    let (status, headers, body) = ask(&edge, "buy-actions", &[]).await;
    assert_eq!((status.as_u16(), &body["code"]), (503, &json!("flow_not_served")));
    assert!(headers.contains_key(RETRY_AFTER));
}

#[tokio::test]
async fn whatever_the_queue_refuses_is_told_with_what_became_of_the_event() {
    let unconfirmed = "may have been accepted";
    let nothing = "nothing was accepted";
    for (answer, status, code, told) in [
        (Some(PublishError::Full("disk".into())), 503, "queue_full", nothing),
        (Some(PublishError::Unavailable("down".into())), 503, "queue_unavailable", nothing),
        (Some(PublishError::UnknownFlow("item".parse().unwrap())), 503, "queue_unavailable", nothing),
        (Some(PublishError::Unconfirmed("gone".into())), 503, "queue_unconfirmed", unconfirmed),
        (None, 503, "queue_unconfirmed", unconfirmed),
        (Some(PublishError::TooLarge { size: 9, limit: 8 }), 413, "event_too_large", "over the limit of 8"),
    ] {
        let edge = edge(Broker(answer.map(Err)), Workers::that_know_nothing());
        let (got, headers, body) = ask(&edge, "item", &[("prefer", "wait=5")]).await;
        assert_eq!((got.as_u16(), &body["code"]), (status, &json!(code)), "{body}");
        assert!(body["detail"].as_str().unwrap().contains(told), "{body}");
        assert_eq!(headers.contains_key(RETRY_AFTER), status == 503, "{code}");
        assert_eq!(body["itemId"], "car-1");
        assert!(body["eventId"].is_string());
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_sees_the_outcome_although_a_worker_fails_meanwhile() {
    let workers = Workers::that_know(outcome(v1::OutcomeKind::Applied, "", false));
    let edge = edge(Broker(Some(Ok(()))), workers.clone());
    let (status, headers, body) = ask(&edge, "item", &[("prefer", "wait=5")]).await;
    assert_eq!(status, 201);
    assert_eq!(headers[PREFERENCE_APPLIED], "wait");
    assert_eq!(headers[LOCATION], format!("/event/{}?flow=item", body["eventId"].as_str().unwrap()));
    let event_id = body["eventId"].clone();
    assert_eq!(
        body,
        json!({"eventId": event_id, "itemId": "car-1", "flow": "item", "outcome": "applied", "attempts": 2,
               "time": "1970-01-01T00:00:01Z"})
    );
    assert_eq!(workers.asked.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_rejection_that_was_waited_for_is_409_or_422_and_a_dead_letter_500() {
    for (kind, code, conflict, status, told) in [
        (v1::OutcomeKind::Rejected, "item_already_exists", true, 409, "item_already_exists"),
        (v1::OutcomeKind::Rejected, "idempotency_key_reused", false, 422, "idempotency_key_reused"),
        (v1::OutcomeKind::DeadLettered, "", false, 500, "dead_lettered"),
        (v1::OutcomeKind::Unspecified, "", false, 500, "internal_error"),
    ] {
        let time_us = pawnshop_domain::Instant::now().as_micros() + 3_600_000_000;
        let outcome = v1::EventOutcome { time_us, ..outcome(kind, code, conflict) };
        let edge = edge(Broker(Some(Ok(()))), Workers::that_know(outcome));
        let (got, headers, body) = ask(&edge, "item", &[("prefer", "wait=5")]).await;
        assert_eq!((got.as_u16(), &body["code"]), (status, &json!(told)), "{body}");
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_in_vain_is_answered_202_after_at_most_30_seconds() {
    for (wait, seconds) in [("wait=2", 2), ("wait=600", 30)] {
        let workers = Workers::that_know_nothing();
        let edge = edge(Broker(Some(Ok(()))), workers.clone());
        let begun = Instant::now();
        let (status, headers, body) = ask(&edge, "item", &[("prefer", wait)]).await;
        assert_eq!((status.as_u16(), begun.elapsed().as_secs()), (202, seconds), "{body}");
        assert_eq!(headers[PREFERENCE_APPLIED], "wait");
        // At the longest pause throughout, with its jitter, it would be 3.3 questions a second.
        let asked = workers.asked.load(Ordering::Relaxed);
        assert!(asked >= 5 && u64::from(asked) <= 12 + 4 * seconds, "{asked} questions in {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_of_a_dead_letter_waits_for_what_becomes_of_its_fresh_copy() {
    let mut workers = Workers::that_know(outcome(v1::OutcomeKind::Applied, "", false));
    workers.before = Some(outcome(v1::OutcomeKind::DeadLettered, "", false));
    let applied = ask(&edge(Broker(Some(Ok(()))), workers), "item", &[("prefer", "wait=5")]).await;
    assert_eq!((applied.0.as_u16(), &applied.2["outcome"]), (201, &json!("applied")));

    let workers = Workers::that_know(outcome(v1::OutcomeKind::DeadLettered, "", false));
    let (status, _, body) = ask(&edge(Broker(Some(Ok(()))), workers), "item", &[("prefer", "wait=5")]).await;
    assert_eq!(status, 202, "{body}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_an_outcome_while_the_process_ends() {
    let edge = edge(Broker(Some(Ok(()))), Workers::that_know_nothing());
    let begun = Instant::now();
    let drain = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        edge.draining().cancel();
    };
    let ((status, ..), ()) = tokio::join!(ask(&edge, "item", &[("prefer", "wait=30")]), drain);
    assert_eq!((status.as_u16(), begun.elapsed().as_secs()), (202, 2));
}
