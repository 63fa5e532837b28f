use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pawnshop_domain::Instant;
use pawnshop_rpc::v1;
use serde::Serialize;
use std::collections::BTreeMap;

/// A page of dead letters.
#[derive(Debug, Serialize)]
pub(super) struct Letters {
    letters: Vec<Letter>,
    /// `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A dead letter, or a rejected event that is kept beside them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Letter {
    id: String,
    flow: String,
    outcome: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    reason: String,
    attempts: u32,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<String>,
    /// CloudEvents attributes; empty when the bytes are no event.
    attributes: BTreeMap<String, String>,
    /// The CloudEvent in its protobuf format, base64; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<String>,
}

impl From<v1::DeadLetterPage> for Letters {
    fn from(page: v1::DeadLetterPage) -> Self {
        Self { letters: page.letters.into_iter().map(Letter::listed).collect(), next: page.next }
    }
}

impl Letter {
    /// Without the envelope.
    fn listed(letter: v1::DeadLetter) -> Self {
        Self {
            id: letter.id,
            flow: letter.flow,
            outcome: letter.outcome,
            code: letter.code,
            reason: letter.reason,
            attempts: letter.attempts,
            time: Instant::from_micros(letter.time_us).to_string(),
            replayed: (letter.replayed_us != 0).then(|| Instant::from_micros(letter.replayed_us).to_string()),
            attributes: letter.attributes.into_iter().collect(),
            envelope: None,
        }
    }

    /// With its envelope.
    pub(super) fn whole(letter: v1::DeadLetter) -> Self {
        let envelope = Some(STANDARD.encode(&letter.envelope));
        Self { envelope, ..Self::listed(letter) }
    }
}
