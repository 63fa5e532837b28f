//! The generated contract of the presence service, and which event type its payload belongs to.

use pawnshop_events::Payload;

/// The generated messages, client and server of `proto/pawnshop/v1/presence.proto` and `presence_queries.proto`.
#[allow(missing_docs, clippy::all, unreachable_pub)]
pub mod v1 {
    tonic::include_proto!("pawnshop.v1");
}

/// The encoded `FileDescriptorSet` of the contract, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

impl Payload for v1::ObjectChanged {
    const EVENT_TYPE: &'static str = "pawnshop.presence.v1";
}
