use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use pawnshop_domain::{EventId, FlowName};
use pawnshop_edge::problem::kinds;
use pawnshop_edge::responses::{ReadProblems, problem_responses};
use pawnshop_edge::{Edge, EventOutcomeBody, Problem, Query, path_parameter};
use pawnshop_rpc::v1::GetOutcomeRequest;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use std::collections::BTreeMap;
use tonic::Code;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// The outcome of an event: `applied`, `rejected` or `dead-lettered`, and why. 404 while nothing is known of
/// it: it may be on its way, so that `Retry-After` says when to ask again.
#[utoipa::path(
    get,
    path = "/event/{eventId}",
    tag = "events",
    params(
        ("eventId" = String, Path, description = "The event's id, as its write was answered", format = "uuid"),
        ("flow" = Option<String>, Query, description = "The flow that it went through; every flow without it"),
    ),
    responses(
        (status = 200, description = "The outcome", body = EventOutcomeBody),
        EventUnknown,
        ReadProblems,
    ),
)]
pub(crate) async fn event_outcome(
    State(edge): State<Edge>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<EventOutcomeBody>, Problem> {
    let id: EventId = path_parameter("eventId", path)?;
    let mut query = Query::parse(query.as_deref())?;
    let flow = query.optional("flow", str::parse::<FlowName>);
    query.finish()?;
    let request = GetOutcomeRequest {
        event_id: id.to_string(),
        flow: flow.map(|flow| flow.to_string()).unwrap_or_default(),
        content_hash: String::new(),
    };
    let outcome = edge
        .read(|workers| {
            let request = request.clone();
            async move { OutcomesClient::new(workers).get_outcome(request).await }
        })
        .await
        .map_err(|status| match status.code() {
            Code::NotFound => {
                Problem::new(kinds::EVENT_UNKNOWN, format!("nothing is known of event {id} yet"))
            }
            _ => status.into(),
        })?;
    let body = EventOutcomeBody::from_rpc(outcome);
    body.map(Json)
        .ok_or_else(|| Problem::new(kinds::INTERNAL, "a worker gave an outcome that is not known here"))
}

/// The 404 of an event.
struct EventUnknown;

impl IntoResponses for EventUnknown {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problem_responses(&[kinds::EVENT_UNKNOWN])
    }
}
