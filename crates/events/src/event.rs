use crate::ContentHash;
use bytes::Bytes;
use pawnshop_domain::{EventId, Instant, ShopName};

/// One event: what happened, to what, when, and the payload that says the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// CloudEvents `id`; the same id is the same event (G2).
    pub id: EventId,
    /// CloudEvents `source`, a URI reference: `/shops/<namespace>/<name>`.
    pub source: String,
    /// CloudEvents `type`, with its version: `pawnshop.buy-action.v1`.
    pub kind: String,
    /// CloudEvents `subject`: the id of the thing the event is about.
    pub subject: String,
    /// CloudEvents `time`: when the event was accepted.
    pub time: Instant,
    /// W3C Trace Context of the request that caused it (extension `traceparent`).
    pub traceparent: Option<String>,
    /// What "same content" compares (extension `contenthash`).
    pub content_hash: ContentHash,
    /// Failed attempts so far (extension `attempt`, absent at 0).
    pub attempt: u32,
    /// The protobuf message's type URL: `type.googleapis.com/pawnshop.v1.BuyAction`.
    pub type_url: String,
    /// The encoded protobuf message.
    pub payload: Bytes,
}

/// A protobuf message that is the payload of one event type.
pub trait Payload: prost::Message + prost::Name + Default {
    /// The CloudEvents type, with its version: `pawnshop.buy-action.v1`.
    const EVENT_TYPE: &'static str;
}

impl Event {
    /// A first-attempt event that carries `payload`, now.
    pub fn new<P: Payload>(
        id: EventId,
        shop: &ShopName,
        subject: impl Into<String>,
        content_hash: ContentHash,
        payload: &P,
    ) -> Self {
        Self {
            id,
            source: format!("/shops/{}/{}", shop.namespace(), shop.name()),
            kind: P::EVENT_TYPE.to_owned(),
            subject: subject.into(),
            time: Instant::now(),
            traceparent: None,
            content_hash,
            attempt: 0,
            type_url: P::type_url(),
            payload: Bytes::from(payload.encode_to_vec()),
        }
    }

    /// Decodes the payload as `P`.
    pub fn payload<P: Payload>(&self) -> Result<P, prost::DecodeError> {
        P::decode(self.payload.clone())
    }
}
