//! The shop at a glance: one document of what the dispatcher takes in and what its workers tell, as JSON or as a stream
//! of server-sent events. The dispatcher asks no database and no broker for it.

mod document;
mod gather;
mod latest;
mod stream;
mod summary;

pub(crate) use latest::Overviews;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::HeaderMap;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY};
use pawnshop_edge::Problem;
use pawnshop_edge::problem::kinds;
use pawnshop_edge::responses::problem_responses;
use std::collections::BTreeMap;
use utoipa::openapi::{self, RefOr};
use utoipa::{IntoResponses, OpenApi};

/// What a client asks for that wants the stream (WHATWG HTML, "Server-sent events").
const EVENT_STREAM: &str = "text/event-stream";

/// What the description says of this route.
#[derive(OpenApi)]
#[openapi(paths(overview))]
pub(crate) struct Described;

/// The route, over figures that all listeners share.
pub(crate) fn routes(overviews: Overviews) -> Router {
    Router::new().route("/overview", get(overview)).with_state(overviews)
}

/// The shop at a glance, as of the last second: what this dispatcher accepts, and each pool's workers, backlog and
/// events as its workers tell. What is not known is told as such, never as zero. With `Accept: text/event-stream` it
/// comes once a second, as server-sent events whose data is this document.
#[utoipa::path(
    get,
    path = "/overview",
    tag = "operations",
    responses(
        (status = 200, description = "The figures", content(
            (document::Overview = "application/json"),
            (String = "text/event-stream"),
        )),
        StreamRefused,
    ),
)]
async fn overview(State(overviews): State<Overviews>, headers: HeaderMap) -> Result<Response, Problem> {
    if wants_stream(&headers) {
        return stream::open(overviews);
    }
    let json = overviews.current().await?.json;
    let about = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (VARY, "accept")];
    Ok((about, json).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let given = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(EVENT_STREAM)
    })
}

/// Why there is none.
struct StreamRefused;

impl IntoResponses for StreamRefused {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        problem_responses(&[kinds::STREAM_REFUSED, kinds::INTERNAL])
    }
}
