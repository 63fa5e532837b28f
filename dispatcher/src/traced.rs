//! Spans of HTTP requests, by OpenTelemetry's conventions for HTTP servers.

use axum::extract::{MatchedPath, Request};
use http::StatusCode;
use pawnshop_trace::{Remote, SpanExt, is_on, root};
use tracing::Span;

/// The span of a request, for it to be answered in. It continues the caller's trace, if the request has one.
pub(crate) fn server_span(request: &Request, method: &'static str, route: Option<&MatchedPath>) -> Span {
    if !is_on() {
        return Span::none();
    }
    let route = route.map(MatchedPath::as_str);
    let span = root!(
        "HTTP request",
        otel.name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}")),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        url.scheme = "http",
        url.path = request.uri().path(),
    );
    if let Some(caller) = Remote::of_headers(request.headers()) {
        span.continues(&caller);
    }
    span
}

/// Tells a request's span how it was answered. That a client is at fault is no error of the shop.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() && !span.is_disabled() {
        span.fail(status.as_str().to_owned(), &status);
    }
}
