use crate::outcome::awaited;
use crate::problem::{Problem, kinds};
use crate::read::is_passing;
use crate::{Caller, Edge, EventOutcomeBody, Told};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use pawnshop_domain::EventId;
use pawnshop_events::{ContentHash, Event};
use pawnshop_messaging::PublishError;
use pawnshop_rpc::Tried;
use pawnshop_rpc::v1;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use pawnshop_trace::child;
use rand::RngExt;
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::Instrument;

/// The first pause before the outcome is asked for, the factor by which each grows, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const PAUSE_GROWTH: f64 = 1.6;
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// What is told of an event after a publish was tried.
const MAYBE_ACCEPTED: &str = "; the event may have been accepted: retry with the same Idempotency-Key";

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The answer to a write: the event is durable.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The event; ask `GET /event/{eventId}` what became of it.
    #[schema(example = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c10")]
    event_id: String,
    /// The item that the event is about: the client's own id, or the generated one.
    item_id: String,
}

/// The answer to a write that waited until the event was applied.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// The item that the event is about.
    item_id: String,
    #[serde(flatten)]
    outcome: EventOutcomeBody,
}

impl Edge {
    /// Publishes the caller's event to `flow` and answers: 202, or with `Prefer: wait` the outcome, if it comes
    /// in time.
    ///
    /// # Errors
    /// 503 when no pool serves the flow or the queue does not take the event (after a publish was tried it
    /// says that the event may have been accepted), 413 when it is too large; with `Prefer: wait` 409 or 422
    /// for a rejection and 500 for a dead letter.
    pub async fn accept(&self, caller: Caller, flow: &str, mut event: Event) -> Result<Response, Problem> {
        let served = self.served(flow)?;
        event.traceparent = caller.traceparent;
        let event_id = event.id;
        let accepted = Accepted { event_id: event_id.to_string(), item_id: event.subject.clone() };
        let awaited_hash = caller.wait.map(|_| event.content_hash.clone());
        let published_us = pawnshop_domain::Instant::now().as_micros();
        if let Err(error) = self.publish(served, vec![event]).await {
            return Err(refusal(&error, MAYBE_ACCEPTED).with_event(event_id, accepted.item_id));
        }
        let location = location(&accepted.event_id, flow);
        let (Some(patience), Some(hash)) = (caller.wait, awaited_hash) else {
            return Ok(answer(StatusCode::ACCEPTED, event_id, location, &accepted));
        };
        let patience = patience.min(self.limits().max_wait);
        let is_news = |outcome: &v1::EventOutcome| !is_old_dead_letter(outcome, published_us);
        let outcome = self.outcome_within(patience, event_id, flow, hash, is_news);
        // In a box, so that the many who do not wait need not carry its size about.
        let outcome = Box::pin(outcome.instrument(child!("wait for the outcome")));
        let mut response = match self.draining().run_until_cancelled(outcome).await.flatten() {
            None => answer(StatusCode::ACCEPTED, event_id, location, &accepted),
            Some(outcome) => {
                let outcome = awaited(outcome, event_id, &accepted.item_id)?;
                let applied = Applied { item_id: accepted.item_id, outcome };
                answer(StatusCode::CREATED, event_id, location, &applied)
            }
        };
        response.headers_mut().insert(PREFERENCE_APPLIED, HeaderValue::from_static("wait"));
        Ok(response)
    }

    /// Asks the workers for the event's outcome until there is one that `is_news` or `patience` has passed. When
    /// a worker fails meanwhile, another is asked.
    async fn outcome_within(
        &self,
        patience: Duration,
        id: EventId,
        flow: &str,
        hash: ContentHash,
        is_news: impl Fn(&v1::EventOutcome) -> bool,
    ) -> Option<v1::EventOutcome> {
        let request = v1::GetOutcomeRequest {
            event_id: id.to_string(),
            flow: flow.to_owned(),
            content_hash: hash.to_string(),
        };
        let deadline = Instant::now() + patience;
        let mut tried = Tried::default();
        let mut pause = FIRST_PAUSE;
        loop {
            // Jitter keeps clients that began together from asking together.
            let wake = Instant::now() + pause.mul_f64(rand::rng().random_range(0.75..1.25));
            if wake >= deadline {
                sleep_until(deadline).await;
                return None;
            }
            sleep_until(wake).await;
            let mut client = OutcomesClient::new(tried.over(self.workers()));
            let question = request.clone();
            let attempt = self.attempt(async move { client.get_outcome(question).await });
            match timeout_at(deadline, attempt).await {
                Ok(Ok(outcome)) if is_news(&outcome) => return Some(outcome),
                Ok(Err(status)) if is_passing(status.code()) => {}
                // An answer: who failed before may have come back since.
                _ => tried = Tried::default(),
            }
            pause = pause.mul_f64(PAUSE_GROWTH).min(LONGEST_PAUSE);
        }
    }
}

/// Whether the event was a dead letter before it was published at this time. Its fresh copy may be applied
/// yet, which would prevail.
fn is_old_dead_letter(outcome: &v1::EventOutcome, published_us: i64) -> bool {
    outcome.kind() == v1::OutcomeKind::DeadLettered && outcome.time_us < published_us
}

/// The problem of events that were not published; `maybe` is what to do where they may have been.
pub(crate) fn refusal(error: &PublishError, maybe: &str) -> Problem {
    let kind = match error {
        PublishError::TooLarge { .. } => kinds::EVENT_TOO_LARGE,
        PublishError::Full(_) => kinds::QUEUE_FULL,
        PublishError::Unavailable(_) | PublishError::UnknownFlow(_) => kinds::QUEUE_UNAVAILABLE,
        PublishError::Unconfirmed(_) => kinds::QUEUE_UNCONFIRMED,
    };
    let advice = match error {
        PublishError::TooLarge { .. } => "",
        PublishError::Unconfirmed(_) => maybe,
        _ => "; nothing was accepted",
    };
    tracing::debug!(%error, "events were not accepted");
    Problem::new(kind, format!("{error}{advice}"))
}

/// Where the event's outcome will be. Ids and flow names need no escaping.
fn location(event_id: &str, flow: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("/event/{event_id}?flow={flow}")).ok()
}

fn answer(
    status: StatusCode,
    event_id: EventId,
    location: Option<HeaderValue>,
    body: &impl Serialize,
) -> Response {
    // Strings and numbers always serialise.
    let json = serde_json::to_vec(body).unwrap_or_default();
    let mut response = (status, json).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(location) = location {
        headers.insert(LOCATION, location);
    }
    response.extensions_mut().insert(Told { event_id: Some(event_id), code: None });
    response
}

#[cfg(test)]
mod tests;
