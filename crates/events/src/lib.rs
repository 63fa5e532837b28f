//! The envelope of everything that travels: CloudEvents 1.0 in its protobuf format.
//!
//! A message body is a `CloudEventBatch`; an [`Event`] is one of its members. The payload is opaque here:
//! its schema belongs to the service that registered its type.

mod codec;
mod event;
mod hash;

/// The generated CloudEvents schema.
#[allow(missing_docs, clippy::all, unreachable_pub)]
pub mod cloudevents {
    include!(concat!(env!("OUT_DIR"), "/io.cloudevents.v1.rs"));
}

pub use codec::{BATCH_CONTENT_TYPE, DecodeError};
pub use event::{Event, Payload};
pub use hash::{ContentHash, ContentHasher};
