use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::time::Duration;

/// An HTTP answer, whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// What an `application/problem+json` body says (RFC 9457), as far as it is there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) code: String,
    pub(crate) errors: Vec<FieldFault>,
}

/// One fault of a request, and where in it: by JSON pointer, or the name of a parameter or header.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FieldFault {
    #[serde(alias = "parameter", alias = "header")]
    pub(crate) pointer: String,
    pub(crate) detail: String,
}

impl Answer {
    /// The body as JSON of this shape.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// `Retry-After` in seconds, where the server gives one.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// The path of the next page of a list, where there is one (RFC 8288).
    pub(crate) fn next_page(&self) -> Option<&str> {
        let link = self.headers.get(http::header::LINK)?.to_str().ok()?;
        let (path, parameters) = link.strip_prefix('<')?.split_once('>')?;
        parameters.contains("rel=\"next\"").then_some(path)
    }

    /// Whether the same request may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
    }

    /// What went wrong, in one line: the faults by field, or the problem's own words, or the status.
    pub(crate) fn complaint(&self) -> String {
        let problem: Problem = self.json().unwrap_or_default();
        if !problem.errors.is_empty() {
            let faults = problem.errors.iter().map(|fault| {
                let field = fault.pointer.trim_start_matches("#").trim_start_matches('/');
                if field.is_empty() { fault.detail.clone() } else { format!("{field} {}", fault.detail) }
            });
            return faults.collect::<Vec<_>>().join("; ");
        }
        match (problem.title.as_str(), problem.detail.as_str()) {
            ("", "") => format!("HTTP {}", self.status),
            (title, "") => title.to_owned(),
            (_, detail) => detail.to_owned(),
        }
    }
}
