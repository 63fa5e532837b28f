//! Everything that goes wrong, as the client sees it: `application/problem+json` (RFC 9457).

pub mod kinds;

pub use kinds::Kind;

use crate::told::Told;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use pawnshop_domain::{EventId, Rejection, RejectionKind};
use serde::Serialize;
use std::borrow::Cow;

/// The media type of a problem.
pub const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

/// An error response: RFC 9457's members, the stable `code`, and every fault of the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Details>);

#[derive(Debug, Clone, PartialEq)]
struct Details {
    status: StatusCode,
    retry_after: Option<u32>,
    code: Cow<'static, str>,
    title: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<Fault>,
    event_id: Option<EventId>,
    item_id: Option<String>,
}

/// One fault of a request, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// Where the fault is.
    #[serde(flatten)]
    pub place: Place,
    /// Stable, machine-readable: `missing`, `type`, `range`, `value`, `duplicate`.
    pub code: &'static str,
    /// One sentence for people.
    pub detail: String,
}

/// Where in a request a fault is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the body: a JSON pointer as a URI fragment (RFC 6901 section 6): `#/price`.
    Pointer(String),
    /// In the path or the query: the parameter's name.
    Parameter(Cow<'static, str>),
    /// In a header: its name.
    Header(&'static str),
}

impl Problem {
    /// A problem of this kind, with one sentence about this occurrence.
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Details {
            status: kind.status,
            retry_after: kind.retry_after,
            code: Cow::Borrowed(kind.code),
            title: kind.title,
            detail: detail.into(),
            errors: Vec::new(),
            event_id: None,
            item_id: None,
        }))
    }

    /// A rejected event: 409 when it clashes with what is stored, else 422.
    pub fn rejected(rejection: Rejection) -> Self {
        let (kind, title) = match rejection.kind {
            RejectionKind::Conflict => (kinds::CONFLICT, "The event conflicts with what is stored"),
            RejectionKind::Invalid => (kinds::INVALID_BODY, "The event can never be applied"),
        };
        let mut problem = Self::new(kind, rejection.detail);
        problem.0.code = rejection.code;
        problem.0.title = title;
        problem
    }

    /// Adds every fault that was found.
    pub fn with_errors(mut self, errors: Vec<Fault>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Names the event, and what it is about, that the request stands for.
    pub fn with_event(mut self, id: EventId, item_id: impl Into<String>) -> Self {
        self.0.event_id = Some(id);
        self.0.item_id = Some(item_id.into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// Every fault, in the order in which the client sees them.
    pub fn errors(&self) -> &[Fault] {
        &self.0.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let told = Told { event_id: self.0.event_id, code: Some(self.0.code.clone()) };
        let body = ProblemBody {
            kind: format!("urn:pawnshop:problem:{}", self.0.code),
            title: self.0.title.to_owned(),
            status: self.0.status.as_u16(),
            detail: self.0.detail.into_owned(),
            code: self.0.code.into_owned(),
            errors: self.0.errors,
            event_id: self.0.event_id.map(|id| id.to_string()),
            item_id: self.0.item_id,
        };
        // Strings, numbers and lists always serialise; an empty body would still carry the status.
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.0.status, json).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE_PROBLEM));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(told);
        response
    }
}

/// A problem as it is written (RFC 9457, section 3.1, with extension members).
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Names the kind of problem: a URN that ends with the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:pawnshop:problem:invalid_body")]
    kind: String,
    /// What this kind of problem is, for people.
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong in this very case, for people.
    detail: String,
    /// Stable and machine-readable.
    #[schema(example = "invalid_body")]
    code: String,
    /// Every fault of the request; absent where the detail says it all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
    /// The event that the request stands for, where one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event_id: Option<String>,
    /// The item that the event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    item_id: Option<String>,
}

#[cfg(test)]
mod tests;
