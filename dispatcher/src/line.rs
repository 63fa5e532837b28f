//! The line of a request in the log: how it was answered, and the ids by which it is found again.

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use pawnshop_edge::Told;
use pawnshop_trace::Remote;
use std::time::Instant;
use tracing::{Level, Span, enabled};

const TARGET: &str = "pawnshop::request";

/// The longest path that is shown whole, in characters.
const LONGEST_PATH: usize = 200;

/// A request of which a line is to be written once it is answered.
pub(crate) struct Line {
    method: &'static str,
    path: String,
    trace_id: Option<String>,
    of_api: bool,
}

impl Line {
    /// Takes from a request what its line needs; `None` when nobody wants it. The trace is the span's, or the caller's.
    /// Whatever is not the API (probes, metrics, pages) has its line at `debug`.
    pub(crate) fn begin(request: &Request, method: &'static str, span: &Span, of_api: bool) -> Option<Self> {
        let wanted = match of_api {
            true => enabled!(target: TARGET, Level::INFO),
            false => enabled!(target: TARGET, Level::DEBUG),
        };
        let trace = || Remote::of(span).or_else(|| Remote::of_headers(request.headers()));
        wanted.then(|| Self {
            method,
            path: request.uri().path().chars().take(LONGEST_PATH).collect(),
            trace_id: trace().map(|trace| trace.trace_id()),
            of_api,
        })
    }

    /// Writes it.
    pub(crate) fn end(self, route: Option<&MatchedPath>, response: &Response, begun: Instant) {
        let told = response.extensions().get::<Told>();
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    target: TARGET,
                    $level,
                    method = self.method,
                    path = self.path,
                    route = route.map(MatchedPath::as_str),
                    status = response.status().as_u16(),
                    seconds = begun.elapsed().as_secs_f64(),
                    code = told.and_then(|told| told.code.as_deref()),
                    event_id = told.and_then(|told| told.event_id).map(tracing::field::display),
                    trace_id = self.trace_id,
                    "answered"
                )
            };
        }
        if self.of_api {
            line!(Level::INFO);
        } else {
            line!(Level::DEBUG);
        }
    }
}
