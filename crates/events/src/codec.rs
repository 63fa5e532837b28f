//! Event <-> bytes, by the CloudEvents protobuf format (sections 2 to 5).

use crate::cloudevents::cloud_event::cloud_event_attribute_value::Attr;
use crate::cloudevents::cloud_event::{CloudEventAttributeValue, Data};
use crate::cloudevents::{CloudEvent, CloudEventBatch};
use crate::{ContentHash, Event};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use pawnshop_domain::{EventId, Instant};
use prost::Message;
use std::collections::BTreeMap;

/// The media type of a message body (CloudEvents protobuf format, section 5.2).
pub const BATCH_CONTENT_TYPE: &str = "application/cloudevents-batch+protobuf";

/// Tag of `CloudEventBatch.events`: field 1, length-delimited.
const BATCH_EVENTS_TAG: u8 = 0x0a;

/// The longest content hash that is believed: hashes of later versions may be longer than ours, but documents
/// keep them, so that they are bounded.
const MAX_HASH_BYTES: usize = 256;

/// Why bytes are not an event.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not the protobuf message that they should be.
    #[error("not a CloudEvent: {0}")]
    Protobuf(#[from] prost::DecodeError),
    /// An attribute that every event must have is missing or is of another type.
    #[error("CloudEvents attribute \"{0}\" is missing or malformed")]
    Attribute(&'static str),
    /// Only CloudEvents 1.x is understood.
    #[error("CloudEvents version {0:?} is not supported")]
    Version(String),
    /// The payload is not a protobuf message.
    #[error("the event carries no protobuf payload")]
    Payload,
    /// A message body is no `CloudEventBatch`.
    #[error("not a batch of CloudEvents")]
    Batch,
    /// A batch with more members than anybody sends.
    #[error("the batch holds more than {0} events")]
    TooMany(usize),
    /// Too large to be kept beside other dead letters; only its beginning is at hand.
    #[error("{size} bytes are too large to be kept here; they are in the queue \"{queue}\"")]
    Oversized {
        /// The size of the whole, in bytes.
        size: usize,
        /// Where the whole was put.
        queue: String,
    },
}

impl Event {
    /// This event alone, as an encoded `CloudEvent`.
    pub fn encode(&self) -> Bytes {
        Bytes::from(self.to_cloud_event().encode_to_vec())
    }

    /// Reads one encoded `CloudEvent`.
    pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
        Self::from_cloud_event(CloudEvent::decode(bytes)?)
    }

    /// Joins encoded events into one `CloudEventBatch`: their bytes, each behind its tag and length.
    pub fn join_batch<'a>(encoded: impl IntoIterator<Item = &'a Bytes>) -> Bytes {
        let mut batch = BytesMut::new();
        for event in encoded {
            batch.put_u8(BATCH_EVENTS_TAG);
            prost::encoding::encode_varint(event.len() as u64, &mut batch);
            batch.put_slice(event);
        }
        batch.freeze()
    }

    /// Reads a `CloudEventBatch`; each member succeeds or fails for itself.
    pub fn decode_batch(bytes: Bytes) -> Result<Vec<Result<Self, DecodeError>>, DecodeError> {
        let batch = CloudEventBatch::decode(bytes)?;
        Ok(batch.events.into_iter().map(Self::from_cloud_event).collect())
    }

    /// Cuts a `CloudEventBatch` into its encoded events without decoding them or copying a byte. Stricter than
    /// [`Event::decode_batch`]: bytes that hold anything but events are no batch, so that nothing in them is lost.
    pub fn split_batch(mut bytes: Bytes, most: usize) -> Result<Vec<Bytes>, DecodeError> {
        let mut events = Vec::new();
        while bytes.has_remaining() {
            if events.len() == most {
                return Err(DecodeError::TooMany(most));
            }
            if bytes.get_u8() != BATCH_EVENTS_TAG {
                return Err(DecodeError::Batch);
            }
            let length = prost::encoding::decode_varint(&mut bytes)?;
            let length = usize::try_from(length).ok().filter(|&length| length <= bytes.len());
            events.push(bytes.split_to(length.ok_or(DecodeError::Batch)?));
        }
        Ok(events)
    }

    /// CloudEvents attributes by name, for people.
    pub fn attributes(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from([
            ("id".to_owned(), self.id.to_string()),
            ("source".to_owned(), self.source.clone()),
            ("type".to_owned(), self.kind.clone()),
            ("subject".to_owned(), self.subject.clone()),
            ("time".to_owned(), self.time.to_string()),
            ("contenthash".to_owned(), self.content_hash.to_string()),
            ("dataschema".to_owned(), self.type_url.clone()),
            ("attempt".to_owned(), self.attempt.to_string()),
        ]);
        if let Some(traceparent) = &self.traceparent {
            all.insert("traceparent".to_owned(), traceparent.clone());
        }
        all
    }

    fn to_cloud_event(&self) -> CloudEvent {
        let mut attributes = BTreeMap::from([
            entry("subject", Attr::CeString(self.subject.clone())),
            entry("time", Attr::CeTimestamp(timestamp(self.time))),
            entry("contenthash", Attr::CeString(self.content_hash.as_str().to_owned())),
            entry("dataschema", Attr::CeUri(self.type_url.clone())),
        ]);
        if let Some(traceparent) = &self.traceparent {
            attributes.extend([entry("traceparent", Attr::CeString(traceparent.clone()))]);
        }
        if self.attempt > 0 {
            let attempt = i32::try_from(self.attempt).unwrap_or(i32::MAX);
            attributes.extend([entry("attempt", Attr::CeInteger(attempt))]);
        }
        CloudEvent {
            id: self.id.to_string(),
            source: self.source.clone(),
            spec_version: "1.0".to_owned(),
            r#type: self.kind.clone(),
            attributes,
            data: Some(Data::ProtoData(prost_types::Any {
                type_url: self.type_url.clone(),
                value: self.payload.to_vec(),
            })),
        }
    }

    fn from_cloud_event(mut event: CloudEvent) -> Result<Self, DecodeError> {
        if !event.spec_version.starts_with("1.") {
            return Err(DecodeError::Version(event.spec_version));
        }
        let Some(Data::ProtoData(data)) = event.data else { return Err(DecodeError::Payload) };
        let mut take = |name: &'static str| event.attributes.remove(name).and_then(|value| value.attr);
        Ok(Self {
            id: event.id.parse::<EventId>().map_err(|_| DecodeError::Attribute("id"))?,
            source: event.source,
            kind: event.r#type,
            subject: match take("subject") {
                Some(Attr::CeString(subject)) => subject,
                _ => return Err(DecodeError::Attribute("subject")),
            },
            time: match take("time") {
                Some(Attr::CeTimestamp(time)) => instant(time).ok_or(DecodeError::Attribute("time"))?,
                _ => return Err(DecodeError::Attribute("time")),
            },
            traceparent: match take("traceparent") {
                Some(Attr::CeString(traceparent)) => Some(traceparent),
                _ => None,
            },
            content_hash: match take("contenthash") {
                Some(Attr::CeString(hash)) if hash.len() <= MAX_HASH_BYTES => ContentHash::from_text(hash),
                _ => return Err(DecodeError::Attribute("contenthash")),
            },
            attempt: match take("attempt") {
                None => 0,
                Some(Attr::CeInteger(attempt)) => {
                    u32::try_from(attempt).map_err(|_| DecodeError::Attribute("attempt"))?
                }
                Some(_) => return Err(DecodeError::Attribute("attempt")),
            },
            type_url: data.type_url,
            payload: Bytes::from(data.value),
        })
    }
}

fn entry(name: &str, attr: Attr) -> (String, CloudEventAttributeValue) {
    (name.to_owned(), CloudEventAttributeValue { attr: Some(attr) })
}

fn timestamp(instant: Instant) -> prost_types::Timestamp {
    let micros = instant.as_micros();
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
    }
}

fn instant(timestamp: prost_types::Timestamp) -> Option<Instant> {
    let micros = timestamp.seconds.checked_mul(1_000_000)?.checked_add(i64::from(timestamp.nanos) / 1_000)?;
    Some(Instant::from_micros(micros))
}
