//! Spans of gRPC calls, by OpenTelemetry's conventions for RPC: one where a call leaves, one where it arrives.

use http::{HeaderMap, Request};
use pawnshop_trace::{Remote, SpanExt, child, is_on, root};
use tonic::{Code, Status};
use tracing::Span;

/// The span of a call about to be made, for it to be made in. Which call it is becomes known on its way through
/// [`Tried::over`](crate::Tried::over).
pub fn client_span() -> Span {
    child!("gRPC call", otel.kind = "client", rpc.system.name = "grpc")
}

/// Tells the span of the call, in which this code runs, what is called, and the one who is called of the span.
pub(crate) fn leaving<B>(request: &mut Request<B>) {
    if !is_on() {
        return;
    }
    let span = Span::current();
    if let Some(remote) = Remote::of(&span) {
        remote.inject(request.headers_mut());
        if remote.is_sampled() {
            let method = method(request);
            span.rename(method.clone());
            span.set("rpc.method", method);
        }
    }
}

/// The span of a call that has arrived, for it to be answered in; none where the caller says that its trace is not sampled.
pub fn server_span<B>(request: &Request<B>) -> Span {
    if !is_on() {
        return Span::none();
    }
    let caller = Remote::of_headers(request.headers());
    if caller.as_ref().is_some_and(|caller| !caller.is_sampled()) {
        return Span::none();
    }
    let method = method(request);
    let span = root!(
        "gRPC answer",
        otel.name = method.as_str(),
        otel.kind = "server",
        rpc.system.name = "grpc",
        rpc.method = method.as_str(),
    );
    if let Some(caller) = caller {
        span.continues(&caller);
    }
    span
}

/// Tells a call's span how it was answered.
pub fn called<T>(span: &Span, answer: &Result<T, Status>) {
    match answer {
        Ok(_) => span.set("rpc.response.status_code", name(Code::Ok)),
        Err(status) => {
            span.set("rpc.response.status_code", name(status.code()));
            span.fail(name(status.code()), &status.message());
        }
    }
}

/// Tells an answer's span how the call was answered, by the headers of the response. An answer that is no fault of who
/// answers is no error of the span.
pub fn answered(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() {
        return;
    }
    // Where the status is in trailers, the answer is there and they say that it is whole.
    let status = Status::from_header_map(headers).unwrap_or_else(|| Status::ok(""));
    span.set("rpc.response.status_code", name(status.code()));
    if matches!(
        status.code(),
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    ) {
        span.fail(name(status.code()), &status.message());
    }
}

/// `pawnshop.v1.Outcomes/GetOutcome`.
fn method<B>(request: &Request<B>) -> String {
    request.uri().path().trim_start_matches('/').to_owned()
}

/// A status code as gRPC spells it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
