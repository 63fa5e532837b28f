//! What endpoints have in common in their OpenAPI documentation: `params(WriteHeaders)`,
//! `responses(WriteSuccess, WriteProblems)`.

use crate::problem::{CONTENT_TYPE_PROBLEM, Kind, kinds};
use std::collections::BTreeMap;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Ref, Type};
use utoipa::openapi::{ContentBuilder, RefOr, Required, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses};

/// The headers that every write of one event understands.
pub struct WriteHeaders;

/// The header that every write understands.
pub struct IdempotencyHeader;

/// The answers of a write that was accepted. Their schemas are in the dispatcher's components.
pub struct WriteSuccess;

/// Everything but success that a write can be answered whose outcome nobody waits for.
pub struct AcceptProblems;

/// Everything but success that a write can answer.
pub struct WriteProblems;

/// Everything but success that every read can answer.
pub struct ReadProblems;

impl IntoParams for WriteHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            idempotency_key(),
            header("Prefer", None, "`wait=N` (RFC 7240): wait up to N seconds, at most 30, for the outcome."),
        ]
    }
}

impl IntoParams for IdempotencyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![idempotency_key()]
    }
}

impl IntoResponses for WriteSuccess {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let success = |description, schema| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
            let location = HeaderBuilder::new()
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .description(Some("Where the outcome is: `/event/{eventId}?flow=…`"))
                .build();
            let response = ResponseBuilder::new()
                .description(description)
                .content("application/json", content)
                .header("Location", location);
            RefOr::T(response.build())
        };
        BTreeMap::from([
            ("201".to_owned(), success("Applied, within the time that `Prefer: wait` gave", "Applied")),
            ("202".to_owned(), success("Accepted: durable, and soon applied", "Accepted")),
        ])
    }
}

/// What keeps a write from being accepted.
const REFUSALS: [Kind; 14] = [
    kinds::MALFORMED_JSON,
    kinds::INVALID_HEADER,
    kinds::BODY_INTERRUPTED,
    kinds::BODY_TIMEOUT,
    kinds::BODY_TOO_LARGE,
    kinds::EVENT_TOO_LARGE,
    kinds::UNSUPPORTED_MEDIA_TYPE,
    kinds::INVALID_BODY,
    kinds::TOO_MANY_REQUESTS,
    kinds::INTERNAL,
    kinds::FLOW_NOT_SERVED,
    kinds::QUEUE_FULL,
    kinds::QUEUE_UNAVAILABLE,
    kinds::QUEUE_UNCONFIRMED,
];

impl IntoResponses for AcceptProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problem_responses(&REFUSALS)
    }
}

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problem_responses(&[&REFUSALS[..], &[kinds::CONFLICT, kinds::DEAD_LETTERED]].concat())
    }
}

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problem_responses(&[
            kinds::INVALID_PARAMETER,
            kinds::TOO_MANY_REQUESTS,
            kinds::INTERNAL,
            kinds::WORKERS_UNAVAILABLE,
        ])
    }
}

fn idempotency_key() -> Parameter {
    header(
        "Idempotency-Key",
        Some("^[!-~]{1,255}$"),
        "1 to 255 visible ASCII characters; a request with the same key is the same event.",
    )
}

fn header(name: &str, pattern: Option<&str>, description: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(pattern).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// One response per status, which lists the codes that come with it.
pub fn problem_responses(kinds: &[Kind]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<&Kind>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status.as_u16()).or_default().push(kind);
    }
    by_status.into_iter().map(|(status, kinds)| (status.to_string(), response(&kinds))).collect()
}

fn response(kinds: &[&Kind]) -> RefOr<Response> {
    let codes: Vec<_> = kinds.iter().map(|kind| format!("`{}`: {}", kind.code, kind.title)).collect();
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let mut response =
        ResponseBuilder::new().description(codes.join(". ")).content(CONTENT_TYPE_PROBLEM, content);
    if kinds.iter().any(|kind| kind.retry_after.is_some()) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build();
        let header = HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("After how many seconds a retry makes sense"))
            .build();
        response = response.header("Retry-After", header);
    }
    RefOr::T(response.build())
}
