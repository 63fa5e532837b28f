use crate::load::tally::{Count, Tally, TallyError};
use std::time::Duration;

/// How callbacks ended, as a client, or all of them, have seen it.
pub(super) struct CallbackTally {
    /// Latency of what was acknowledged, and what was not.
    pub(super) tally: Tally,
    /// Ids in callbacks that were acknowledged.
    pub(super) ids: u64,
    /// What made a callback be sent again.
    pub(super) retries: Count,
}

impl CallbackTally {
    pub(super) fn new() -> Result<Self, TallyError> {
        Ok(Self { tally: Tally::new()?, ids: 0, retries: Count::default() })
    }

    pub(super) fn acknowledged(&mut self, latency: Duration, ids: usize) {
        self.tally.write(latency);
        self.ids += ids as u64;
    }

    pub(super) fn add(&mut self, other: Self) -> Result<(), TallyError> {
        self.tally.add(other.tally)?;
        self.ids += other.ids;
        self.retries.add(other.retries);
        Ok(())
    }
}
