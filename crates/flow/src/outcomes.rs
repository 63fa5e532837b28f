//! What became of events, as documents (decision D3): rejections, dead letters, and the applied events that
//! their flow's [`Proof`](crate::Proof) does not show.
//!
//! A document's id is the event's id, or an id derived from event and content where an idempotency key was used
//! again with other content (decision D4): such an event answers for itself.

mod letters;
mod look_up;
mod record;
#[cfg(test)]
mod tests;
mod write;

pub use letters::Letter;
pub use record::{
    CODE_BROKER_GAVE_UP, CODE_KEY_REUSED, CODE_RETRIES_EXHAUSTED, CODE_UNDECODABLE, OutcomeKind,
    OutcomeRecord,
};

use pawnshop_store::{Collection, Index, Store};
use std::sync::Arc;
use std::time::Duration;

/// Where outcome documents are. Both indexes hold letters only: what an operator lists, replays and drops.
pub const COLLECTION: Collection = Collection {
    name: "outcomes",
    indexes: &[
        Index { fields: &[record::LETTER], unique: false },
        Index { fields: &[record::LETTER_FLOW], unique: false },
    ],
};

/// How long outcome documents are kept unless configured otherwise: 30 days.
pub const DEFAULT_RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Reads and writes outcome documents. Cheap to clone; the store must have [`COLLECTION`] declared.
#[derive(Clone)]
pub struct Outcomes {
    store: Arc<dyn Store>,
    retention: Duration,
}

impl Outcomes {
    /// Outcomes in this store, each kept for `retention` after its time.
    pub fn new(store: Arc<dyn Store>, retention: Duration) -> Self {
        Self { store, retention }
    }
}
