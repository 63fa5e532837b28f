use crate::flows::presence;
use crate::model::{MAX_ID_LENGTH, ObjectId};
use crate::proto::v1::ObjectChanged;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use pawnshop_edge::responses::{AcceptProblems, IdempotencyHeader};
use pawnshop_edge::{Caller, Edge, Fields, Problem, ValueFault, integer, parsed};
use pawnshop_events::{ContentHasher, Event, Payload};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type};

const ROUTE: &str = "/callback";

/// The most ids of a callback, repeated ones included.
const MAX_IDS: usize = 10_000;

/// The largest callback.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Of larger callbacks the answer is but a number.
const MAX_EVENTS_TOLD: usize = 100;

/// A partner's call: these objects have changed.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "it is what the API's description says, and read member by member")]
pub(super) struct Callback {
    #[schema(schema_with = object_ids)]
    object_ids: Vec<ObjectId>,
}

/// The answer to a callback: all of it is durable.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct CallbackAccepted {
    /// How many objects will be looked up: repeated ids count once.
    accepted: usize,
    /// What became of each is to be had at `GET /event/{eventId}?flow=presence`; absent for more than 100 objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100)]
    events: Option<Vec<ObjectEvent>>,
}

/// The event of one object.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectEvent {
    object_id: String,
    event_id: String,
}

/// A partner's system says that these objects have changed. Accepted is all or nothing, durable, and not yet looked up;
/// each object is an event of its own. A `Prefer` header has no effect: nobody waits for thousands of look-ups.
#[utoipa::path(
    post,
    path = "/callback",
    tag = "presence",
    params(IdempotencyHeader),
    request_body = Callback,
    responses(
        (status = 202, description = "Accepted: all of it is durable, and soon looked up", body = CallbackAccepted),
        AcceptProblems,
    ),
)]
pub(super) async fn callback(State(edge): State<Edge>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = Caller::new(edge.shop(), &parts.method, ROUTE, &parts.headers)?;
    let ids = take(edge.read_large_fields(&parts.headers, body, MAX_BODY_BYTES).await?)?;
    let events: Vec<Event> = ids.iter().map(|id| event(&edge, &caller, id)).collect();
    let accepted = CallbackAccepted::of(&events);
    edge.accept_all(&caller, presence::NAME.as_str(), events).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)).into_response())
}

/// The ids, each once.
fn take(mut fields: Fields) -> Result<Vec<ObjectId>, Problem> {
    let Some(mut ids) = fields.required_list("object_ids", MAX_IDS, object_id) else {
        return Err(fields.into_problem());
    };
    fields.finish()?;
    let mut seen = HashSet::with_capacity(ids.len());
    ids.retain(|id| seen.insert(id.clone()));
    Ok(ids)
}

/// A text, or a whole number of 64 bits with a sign or without.
fn object_id(value: &Value) -> Result<ObjectId, ValueFault> {
    match value {
        Value::String(_) => parsed(value),
        Value::Number(number) => match number.as_u64() {
            Some(id) => Ok(id.into()),
            None => integer(i64::MIN..=i64::MAX)(value).map(ObjectId::from),
        },
        _ => Err(ValueFault::new("type", "must be a string or an integer")),
    }
}

/// The object's own event: with an `Idempotency-Key` the same one for the same object, so that a callback that is sent again
/// is the same events.
fn event(edge: &Edge, caller: &Caller, id: &ObjectId) -> Event {
    let payload = ObjectChanged { object_id: id.to_string() };
    let content = ContentHasher::new(ObjectChanged::EVENT_TYPE).text("objectId", id.as_str()).finish();
    Event::new(caller.generated_id(id.as_str()), edge.shop(), id.as_str(), content, &payload)
}

impl CallbackAccepted {
    fn of(events: &[Event]) -> Self {
        let told =
            |event: &Event| ObjectEvent { object_id: event.subject.clone(), event_id: event.id.to_string() };
        let events_told = (events.len() <= MAX_EVENTS_TOLD).then(|| events.iter().map(told).collect());
        Self { accepted: events.len(), events: events_told }
    }
}

fn object_ids() -> Schema {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(utoipa::Number::Int(isize::MIN)))
        .maximum(Some(utoipa::Number::UInt(usize::MAX)))
        .build();
    let id = AnyOfBuilder::new().item(super::parameters::object_id()).item(number);
    ArrayBuilder::new()
        .items(RefOr::T(Schema::AnyOf(id.build())))
        .max_items(Some(MAX_IDS))
        .description(Some(format!(
            "The ids of the objects: at most {MAX_IDS}, of 1 to {MAX_ID_LENGTH} characters or whole numbers; 1 and \"1\" are one."
        )))
        .build()
        .into()
}
