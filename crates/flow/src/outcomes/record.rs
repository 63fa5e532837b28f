use crate::insert::{CONTENT_HASH, EVENT_ID};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use pawnshop_domain::{EventId, FlowName, Instant, Rejection, RejectionKind};
use pawnshop_events::{ContentHash, DecodeError, Event};
use pawnshop_store::Document;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::time::Duration;

/// The code of a dead letter whose last tier lies behind it.
pub const CODE_RETRIES_EXHAUSTED: &str = "retries_exhausted";
/// The code of a dead letter that is no event.
pub const CODE_UNDECODABLE: &str = "undecodable";
/// The code of a dead letter that the broker gave up.
pub const CODE_BROKER_GAVE_UP: &str = "broker_gave_up";
/// The code of a rejection for an idempotency key that was used before with other content.
pub const CODE_KEY_REUSED: &str = "idempotency_key_reused";

/// Present, and 1, in documents that keep their envelope: the letters.
pub(super) const LETTER: &str = "letter";
/// The letter's flow, present in letters only.
pub(super) const LETTER_FLOW: &str = "letterFlow";

/// The most bytes of a reason that are kept: a reason is a sentence, not a dump.
const DETAIL_LIMIT: usize = 2_048;

/// What became of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeRecord {
    /// The document's id: the event's, or a derived one.
    pub id: EventId,
    /// The event's own id.
    pub event_id: EventId,
    /// The event's flow.
    pub flow: FlowName,
    /// What became of it.
    pub kind: OutcomeKind,
    /// Failed attempts until it ended, a dead letter's last failure included; 0 when not recorded.
    pub attempts: u32,
    /// The event's content; `None` for bytes that are no event.
    pub content_hash: Option<ContentHash>,
    /// When it ended; `None` when not recorded.
    pub time: Option<Instant>,
    /// The encoded event, or the bytes that are none; only of dead letters and reused keys.
    pub envelope: Option<Bytes>,
    /// When it was last published again; only of dead letters and reused keys.
    pub replayed: Option<Instant>,
}

/// The sort of an outcome, least first: a greater one replaces a lesser one of the same event.
#[derive(Clone, Debug, PartialEq)]
pub enum OutcomeKind {
    /// Every tier failed, the broker gave it up, or it is no event.
    DeadLettered {
        /// Stable, machine-readable.
        code: Cow<'static, str>,
        /// One sentence for people.
        detail: String,
    },
    /// It can never be applied.
    Rejected(Rejection),
    /// In effect.
    Applied,
}

impl OutcomeKind {
    /// Where the kind stands in the order dead-lettered < rejected < applied.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::DeadLettered { .. } => 0,
            Self::Rejected(_) => 1,
            Self::Applied => 2,
        }
    }

    /// As it is written in documents and metrics: `applied`, `rejected`, `dead-lettered`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::DeadLettered { .. } => "dead-lettered",
            Self::Rejected(_) => "rejected",
            Self::Applied => "applied",
        }
    }
}

impl OutcomeRecord {
    /// An event in effect that its flow's proof does not show.
    pub fn applied(flow: &FlowName, event: &Event) -> Self {
        Self::of(flow, event, OutcomeKind::Applied)
    }

    /// An event that can never be applied.
    pub fn rejected(flow: &FlowName, event: &Event, mut rejection: Rejection) -> Self {
        shorten(&mut rejection.detail);
        Self::of(flow, event, OutcomeKind::Rejected(rejection))
    }

    /// An event whose id another content was applied under: kept whole, under an id of its own.
    pub fn key_reused(flow: &FlowName, event: &Event) -> Self {
        let detail = format!("the idempotency key was used before for other content (event {})", event.id);
        let rejection = Rejection::invalid(CODE_KEY_REUSED, detail);
        let mut record = Self::of(flow, event, OutcomeKind::Rejected(rejection));
        record.id = own_id(&event.id, &event.content_hash);
        record.envelope = Some(event.encode());
        record
    }

    /// An event that failed once more behind its last tier, for this reason.
    pub fn retries_exhausted(flow: &FlowName, event: &Event, mut reason: String) -> Self {
        shorten(&mut reason);
        let kind = OutcomeKind::DeadLettered { code: Cow::Borrowed(CODE_RETRIES_EXHAUSTED), detail: reason };
        let mut record = Self::of(flow, event, kind);
        record.attempts = event.attempt.saturating_add(1);
        record.envelope = Some(event.encode());
        record
    }

    /// Bytes that are no event. Their id is derived from them, so that the same delivery twice is one letter.
    pub fn undecodable(flow: &FlowName, bytes: Bytes, error: &DecodeError) -> Self {
        let mut detail = error.to_string();
        shorten(&mut detail);
        let id = EventId::derived(&[flow.as_str(), CODE_UNDECODABLE, &STANDARD.encode(&bytes)]);
        Self {
            id,
            event_id: id,
            flow: flow.clone(),
            kind: OutcomeKind::DeadLettered { code: Cow::Borrowed(CODE_UNDECODABLE), detail },
            attempts: 1,
            content_hash: None,
            time: Some(Instant::now()),
            envelope: Some(bytes),
            replayed: None,
        }
    }

    /// An event that the broker put among its own dead letters, for this reason; nobody handled it.
    pub fn given_up(flow: &FlowName, event: &Event, mut reason: String) -> Self {
        shorten(&mut reason);
        let kind = OutcomeKind::DeadLettered { code: Cow::Borrowed(CODE_BROKER_GAVE_UP), detail: reason };
        let mut record = Self::of(flow, event, kind);
        record.envelope = Some(event.encode());
        record
    }

    fn of(flow: &FlowName, event: &Event, kind: OutcomeKind) -> Self {
        Self {
            id: event.id,
            event_id: event.id,
            flow: flow.clone(),
            kind,
            attempts: event.attempt,
            content_hash: Some(event.content_hash.clone()),
            time: Some(Instant::now()),
            envelope: None,
            replayed: None,
        }
    }

    /// The document of this record, to be kept for `retention` after its time.
    pub(super) fn to_document(&self, retention: Duration) -> Document {
        let mut body = Map::new();
        let mut put = |field: &str, value: Value| body.insert(field.to_owned(), value);
        put(EVENT_ID, json!(self.event_id));
        put("flow", json!(self.flow));
        put("outcome", json!(self.kind.as_str()));
        put("attempts", json!(self.attempts));
        match &self.kind {
            OutcomeKind::Applied => {}
            OutcomeKind::Rejected(rejection) => {
                put("code", json!(rejection.code));
                put("detail", json!(rejection.detail));
                put("kind", json!(rejection.kind));
            }
            OutcomeKind::DeadLettered { code, detail } => {
                put("code", json!(code));
                put("detail", json!(detail));
            }
        }
        if let Some(hash) = &self.content_hash {
            put(CONTENT_HASH, json!(hash.as_str()));
        }
        if let Some(time) = self.time {
            put("time", json!(time));
        }
        if let Some(envelope) = &self.envelope {
            put("envelope", json!(STANDARD.encode(envelope)));
            put(LETTER, json!(1));
            put(LETTER_FLOW, json!(self.flow));
        }
        if let Some(replayed) = self.replayed {
            put("replayed", json!(replayed));
        }
        let mut document = Document::new(self.id.to_string(), body);
        document.expires_at = self.time.map(|time| time.plus(retention));
        document
    }

    /// Reads a document back. One that this version cannot understand is logged and `None`: it is to be left
    /// alone, and to stand in nobody's way.
    pub(super) fn from_document(document: &Document) -> Option<Self> {
        let record = read(document);
        if record.is_none() {
            tracing::error!(id = document.id, "an outcome document cannot be understood; it is left alone");
        }
        record
    }
}

/// The id of the outcome of an event that shares its id with another content (decision D4).
pub(super) fn own_id(event_id: &EventId, content: &ContentHash) -> EventId {
    EventId::derived(&[&event_id.to_string(), content.as_str()])
}

fn read(document: &Document) -> Option<OutcomeRecord> {
    let instant = |field| document.integer(field).map(Instant::from_micros);
    let code = || document.text("code").map(|code| Cow::Owned(code.to_owned()));
    let detail = || document.text("detail").map(str::to_owned);
    let kind = match document.text("outcome")? {
        "applied" => OutcomeKind::Applied,
        "rejected" => {
            let kind = match document.text("kind")? {
                "conflict" => RejectionKind::Conflict,
                _ => RejectionKind::Invalid,
            };
            OutcomeKind::Rejected(Rejection { code: code()?, kind, detail: detail()? })
        }
        "dead-lettered" => OutcomeKind::DeadLettered { code: code()?, detail: detail()? },
        _ => return None,
    };
    let envelope = match document.text("envelope") {
        Some(text) => Some(Bytes::from(STANDARD.decode(text).ok()?)),
        None => None,
    };
    Some(OutcomeRecord {
        id: document.id.parse().ok()?,
        event_id: document.text(EVENT_ID)?.parse().ok()?,
        flow: document.text("flow")?.parse().ok()?,
        kind,
        attempts: document.integer("attempts").and_then(|attempts| u32::try_from(attempts).ok())?,
        content_hash: document.text(CONTENT_HASH).map(ContentHash::from_text),
        time: instant("time"),
        envelope,
        replayed: instant("replayed"),
    })
}

fn shorten(detail: &mut String) {
    if detail.len() > DETAIL_LIMIT {
        detail.truncate(detail.floor_char_boundary(DETAIL_LIMIT));
        detail.push('…');
    }
}
