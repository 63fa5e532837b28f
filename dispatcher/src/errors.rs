//! The answers where no endpoint answers.

use axum::response::{IntoResponse, Response};
use http::{Method, Uri};
use pawnshop_edge::Problem;
use pawnshop_edge::problem::kinds;
use std::any::Any;

/// No route has this path.
pub(crate) async fn not_found() -> Problem {
    no_such_path()
}

/// The problem of a path that nothing is at.
pub(crate) fn no_such_path() -> Problem {
    Problem::new(kinds::NOT_FOUND, "no route has this path; /openapi.json lists those there are")
}

/// The path's route has not this method. The router adds `Allow`.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}; see the header Allow", uri.path());
    Problem::new(kinds::METHOD_NOT_ALLOWED, detail)
}

/// An endpoint panicked: a fault of the program that must cost no other request anything.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(message, "an endpoint panicked");
    metrics::counter!(crate::guard::PANICS).increment(1);
    Problem::new(kinds::INTERNAL, "a fault of the shop's own; it was logged").into_response()
}
