//! Pages of a list: the limit that a client may ask for, the cursor that it hands back, the link to the next page.

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use http::header::LINK;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use std::fmt::Display;

/// What is percent-encoded in a path segment or a query value: all but the unreserved characters of RFC 3986.
pub const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text that is not a cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a cursor as the page before gave it")]
pub struct InvalidCursor;

/// A cursor as clients see it: opaque, to be handed back as it came. Base64url (RFC 4648, section 5) of a byte that
/// tells one list's cursors from another's, and what the worker needs to go on.
pub fn encode_cursor(list: u8, rest: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([&[list], rest].concat())
}

/// What [`encode_cursor`] was given for this list.
///
/// # Errors
/// Any other text, and the cursor of another list.
pub fn decode_cursor(list: u8, text: &str) -> Result<Vec<u8>, InvalidCursor> {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
    if bytes.first() != Some(&list) {
        return Err(InvalidCursor);
    }
    bytes.remove(0);
    Ok(bytes)
}

/// Takes a limit of 1 to `most`.
pub fn limit_up_to(most: u32) -> impl FnOnce(&str) -> Result<u32, String> {
    move |text| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(limit) if digits && (1..=most).contains(&limit) => Ok(limit),
            _ => Err(format!("must be 1 to {most}")),
        }
    }
}

/// Adds the link to the next page.
pub fn with_next(mut response: Response, url: impl Display) -> Response {
    // Everything in the URL is percent-encoded or ours, so that it is always a header's value.
    if let Ok(link) = HeaderValue::try_from(format!("<{url}>; rel=\"next\"")) {
        response.headers_mut().insert(LINK, link);
    }
    response
}
