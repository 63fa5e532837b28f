//! The problem responses of endpoints, for their OpenAPI documentation: `responses(WriteProblems, …)`.

use crate::problem::{CONTENT_TYPE_PROBLEM, Kind, kinds};
use std::collections::BTreeMap;
use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Ref, Type};
use utoipa::openapi::{ContentBuilder, RefOr, Response, ResponseBuilder};

/// Everything but success that a write can answer.
pub struct WriteProblems;

/// Everything but success that every read can answer.
pub struct ReadProblems;

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problem_responses(&[
            kinds::MALFORMED_JSON,
            kinds::INVALID_HEADER,
            kinds::BODY_INTERRUPTED,
            kinds::BODY_TIMEOUT,
            kinds::CONFLICT,
            kinds::BODY_TOO_LARGE,
            kinds::EVENT_TOO_LARGE,
            kinds::UNSUPPORTED_MEDIA_TYPE,
            kinds::INVALID_BODY,
            kinds::TOO_MANY_REQUESTS,
            kinds::INTERNAL,
            kinds::DEAD_LETTERED,
            kinds::FLOW_NOT_SERVED,
            kinds::QUEUE_FULL,
            kinds::QUEUE_UNAVAILABLE,
            kinds::QUEUE_UNCONFIRMED,
        ])
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
