//! A request's body: JSON by its headers, whole, in time and within its bound.

use crate::problem::{Fault, Place, Problem, kinds};
use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use http_body_util::BodyExt;
use std::time::Duration;

/// How much of an oversized body is read and thrown away, and for how long: a client that is still sending
/// would otherwise see its connection reset before it sees the answer.
const DISCARD_FACTOR: usize = 16;
const DISCARD_FOR: Duration = Duration::from_secs(3);

/// Checks that the headers announce JSON in UTF-8, uncompressed.
///
/// # Errors
/// 415 otherwise.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(content_type) = headers.get(CONTENT_TYPE) else {
        return Err(unsupported("Content-Type", "is required; send application/json"));
    };
    if content_type.as_bytes() != b"application/json" && !content_type.to_str().is_ok_and(is_json) {
        return Err(unsupported("Content-Type", "must be application/json, in UTF-8"));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(unsupported("Content-Encoding", "is not supported; send the body as it is"))
        }
        _ => Ok(()),
    }
}

/// Reads the whole body, of at most `max` bytes.
///
/// # Errors
/// 413 over the bound, 408 past the deadline, 400 when it ends too early.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    max: usize,
    deadline: Duration,
) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > max as u64 {
        discard(headers, body, max).await;
        return Err(too_large(max));
    }
    match tokio::time::timeout(deadline, collect(&mut body, max)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => {
            discard(headers, body, max).await;
            Err(too_large(max))
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "a body ended early");
            Err(Problem::new(kinds::BODY_INTERRUPTED, "the body could not be read to its end"))
        }
        Err(_) => {
            let seconds = deadline.as_secs_f64();
            Err(Problem::new(kinds::BODY_TIMEOUT, format!("the body must arrive within {seconds} s")))
        }
    }
}

/// The body's bytes; `None` when there are more than `max`.
async fn collect(body: &mut Body, max: usize) -> Result<Option<Bytes>, axum::Error> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > max {
            return Ok(None);
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(Some(first));
    }
    Ok(Some([first, rest.freeze()].concat().into()))
}

async fn discard(headers: &HeaderMap, mut body: Body, max: usize) {
    // A client that asks before it sends has sent nothing yet, and reading would invite it to.
    if headers.contains_key(EXPECT) {
        return;
    }
    let read_on = async {
        let mut left = max.saturating_mul(DISCARD_FACTOR);
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    // Late or not, the answer is the same.
    let _ = tokio::time::timeout(DISCARD_FOR, read_on).await;
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';');
    let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = essence == "application/json"
        || essence.strip_prefix("application/").is_some_and(|subtype| {
            subtype.strip_suffix("+json").is_some_and(|name| !name.is_empty() && !name.contains(['/', ' ']))
        });
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    })
}

fn unsupported(header: &'static str, detail: &'static str) -> Problem {
    let fault = Fault { place: Place::Header(header), code: "value", detail: detail.to_owned() };
    Problem::new(kinds::UNSUPPORTED_MEDIA_TYPE, format!("{header} {detail}")).with_errors(vec![fault])
}

fn too_large(max: usize) -> Problem {
    Problem::new(kinds::BODY_TOO_LARGE, format!("a body may hold at most {max} bytes"))
}

#[cfg(test)]
mod tests;
