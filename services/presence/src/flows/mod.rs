//! The flow of the presence service: an object whose state has changed is looked up, and remembered where it is online.

mod clock;
mod config;
pub mod presence;

use crate::proto::v1::ObjectChanged;
use config::{CONCURRENCY, LOOKUP_SECONDS, OBJECTS_URI, SEEN_FOR_SECONDS};
use pawnshop_events::Payload;
use pawnshop_flow::{Flow, Pacing, Proof};
use std::sync::Arc;

/// Every flow of this service.
pub fn flows() -> Vec<Flow> {
    vec![Flow {
        name: presence::NAME,
        event_type: ObjectChanged::EVENT_TYPE,
        // What was seen is gone soon, and there is nothing else that a proof could be made of.
        proof: Proof::Unrecorded,
        collections: &[presence::PRESENCE],
        config: &[&OBJECTS_URI, &CONCURRENCY, &LOOKUP_SECONDS, &SEEN_FOR_SECONDS],
        pacing: Pacing::Alone { concurrency: config::concurrency },
        handler: |world| Arc::new(presence::LookUps::new(world)),
    }]
}

#[cfg(test)]
mod tests;
