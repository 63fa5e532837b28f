use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Why an event can never be applied: final, told to the client, kept as the event's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Stable, machine-readable: `item_already_exists`.
    pub code: Cow<'static, str>,
    /// What sort of fault it is; decides the HTTP and gRPC status.
    pub kind: RejectionKind,
    /// One sentence for people.
    pub detail: String,
}

/// The sort of a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectionKind {
    /// The event clashes with what is stored: HTTP 409.
    Conflict,
    /// The event's own content is at fault: HTTP 422.
    Invalid,
}

impl Rejection {
    /// A clash with what is stored (HTTP 409).
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), kind: RejectionKind::Conflict, detail: detail.into() }
    }

    /// A fault in the event's own content (HTTP 422).
    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), kind: RejectionKind::Invalid, detail: detail.into() }
    }
}
