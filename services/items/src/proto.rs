//! The generated contract of the items service, and which event type each payload belongs to.

use pawnshop_events::Payload;

/// The generated messages, client and server of `proto/pawnshop/v1/items.proto` and `item_queries.proto`.
#[allow(missing_docs, clippy::all, unreachable_pub)]
pub mod v1 {
    tonic::include_proto!("pawnshop.v1");
}

/// The encoded `FileDescriptorSet` of the contract, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

impl Payload for v1::ItemAdded {
    const EVENT_TYPE: &'static str = "pawnshop.item.v1";
}

impl Payload for v1::BuyAction {
    const EVENT_TYPE: &'static str = "pawnshop.buy-action.v1";
}

impl Payload for v1::SellAction {
    const EVENT_TYPE: &'static str = "pawnshop.sell-action.v1";
}

impl Payload for v1::PawnAction {
    const EVENT_TYPE: &'static str = "pawnshop.pawn-action.v1";
}
