//! The one table of problems: code, status, title, and after how many seconds a retry makes sense.

use http::StatusCode;

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Stable and machine-readable.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// What it is, for people; the same for every occurrence.
    pub title: &'static str,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

macro_rules! kinds {
    (@retry) => { None };
    (@retry $seconds:literal) => { Some($seconds) };
    ($($const:ident = $code:literal, $status:ident, $title:literal $(, retry $seconds:literal)?;)+) => {
        $(
            #[doc = concat!("`", $code, "`: ", $title, ".")]
            pub const $const: Kind = Kind {
                code: $code,
                status: StatusCode::$status,
                title: $title,
                retry_after: kinds!(@retry $($seconds)?),
            };
        )+

        /// Every kind, for the documentation and its tests.
        pub const ALL: &[Kind] = &[$($const),+];
    };
}

kinds! {
    MALFORMED_JSON = "malformed_json", BAD_REQUEST, "The body is not JSON";
    INVALID_PARAMETER = "invalid_parameter", BAD_REQUEST, "A parameter of the request is at fault";
    INVALID_HEADER = "invalid_header", BAD_REQUEST, "A header of the request is at fault";
    BODY_INTERRUPTED = "body_interrupted", BAD_REQUEST, "The body ended before its end";
    FORBIDDEN = "forbidden", FORBIDDEN, "Only local, same-origin requests are served here";
    NOT_FOUND = "not_found", NOT_FOUND, "There is nothing here";
    ITEM_NOT_FOUND = "item_not_found", NOT_FOUND, "There is no such item";
    PRESENCE_NOT_FOUND = "presence_not_found", NOT_FOUND, "The object was not seen of late";
    EVENT_UNKNOWN = "event_unknown", NOT_FOUND, "Nothing is known of the event yet", retry 1;
    DEAD_LETTER_NOT_FOUND = "dead_letter_not_found", NOT_FOUND, "There is no such dead letter";
    METHOD_NOT_ALLOWED = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    BODY_TIMEOUT = "body_timeout", REQUEST_TIMEOUT, "The body took too long to arrive";
    CONFLICT = "conflict", CONFLICT, "The request conflicts with what is stored";
    BODY_TOO_LARGE = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    EVENT_TOO_LARGE = "event_too_large", PAYLOAD_TOO_LARGE, "The event is too large";
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body must be JSON";
    INVALID_BODY = "invalid_body", UNPROCESSABLE_ENTITY, "The body has faults";
    TOO_MANY_REQUESTS = "too_many_requests", TOO_MANY_REQUESTS, "Too many requests at once", retry 1;
    INTERNAL = "internal_error", INTERNAL_SERVER_ERROR, "A fault of the shop's own";
    DEAD_LETTERED = "dead_lettered", INTERNAL_SERVER_ERROR, "The event failed and is kept as a dead letter";
    FLOW_NOT_SERVED = "flow_not_served", SERVICE_UNAVAILABLE, "No pool serves this flow", retry 30;
    QUEUE_FULL = "queue_full", SERVICE_UNAVAILABLE, "The queue is full; nothing was accepted", retry 5;
    QUEUE_UNAVAILABLE = "queue_unavailable", SERVICE_UNAVAILABLE,
        "The queue is unavailable; nothing was accepted", retry 2;
    QUEUE_UNCONFIRMED = "queue_unconfirmed", SERVICE_UNAVAILABLE,
        "The queue did not confirm; the event may have been accepted", retry 2;
    STREAM_REFUSED = "stream_refused", SERVICE_UNAVAILABLE, "No stream can be opened now", retry 5;
    WORKERS_UNAVAILABLE = "workers_unavailable", SERVICE_UNAVAILABLE, "No worker can answer now", retry 1;
}
