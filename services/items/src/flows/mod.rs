//! The flows of the items service: a file each with its name, its collection and how its payload becomes a
//! document and is read back.
//!
//! To add one: its message in `proto/pawnshop/v1`, its event type in `proto.rs`, a file here, a line in
//! [`flows`].

pub mod buy_actions;
mod fields;
pub mod item;
pub mod pawn_actions;
pub mod sell_actions;

use crate::proto::v1::{BuyAction, ItemAdded, PawnAction, SellAction};
use pawnshop_domain::FlowName;
use pawnshop_events::Payload;
use pawnshop_flow::insert::{InsertHandler, ToDocument};
use pawnshop_flow::{Flow, Pacing, Proof};
use std::sync::Arc;

/// Inserts are quick, so that messages may be as full as decision D8 lets them be.
const MAX_EVENTS_PER_MESSAGE: u16 = 256;

/// Every flow of this service.
pub fn flows() -> Vec<Flow> {
    vec![
        insert::<ItemAdded>(item::NAME, Proof::EventIdField(item::ITEMS)),
        insert::<BuyAction>(buy_actions::NAME, Proof::DocumentId(buy_actions::BUYS)),
        insert::<SellAction>(sell_actions::NAME, Proof::DocumentId(sell_actions::SELLS)),
        insert::<PawnAction>(pawn_actions::NAME, Proof::DocumentId(pawn_actions::PAWNS)),
    ]
}

/// A flow each of whose events becomes one document.
fn insert<T: ToDocument>(name: FlowName, proof: Proof) -> Flow {
    Flow {
        name,
        event_type: <T as Payload>::EVENT_TYPE,
        proof,
        collections: const { &[T::COLLECTION] },
        config: &[],
        pacing: Pacing::Together { max_events_per_message: MAX_EVENTS_PER_MESSAGE },
        handler: |world| Arc::new(InsertHandler::<T>::new(world.store.clone())),
    }
}

#[cfg(test)]
mod tests;
