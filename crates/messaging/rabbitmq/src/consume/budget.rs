use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most bytes of message bodies that all consumers of one broker hold together (decision D8).
pub(crate) const MAX_HELD_BYTES: usize = 32 << 20;

/// What the consumers of one broker hold, counted together, for they share one process's memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budget(Arc<Totals>);

#[derive(Debug, Default)]
struct Totals {
    bytes: AtomicUsize,
    subscriptions: AtomicUsize,
}

/// Bytes that are held until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    totals: Arc<Totals>,
    bytes: usize,
}

/// A queue that is consumed until this is dropped.
#[derive(Debug)]
pub(crate) struct Subscribed(Arc<Totals>);

impl Budget {
    /// Takes so many bytes, unless that would be too many. One message is always taken when nothing is held,
    /// whatever its size, or it would never be.
    pub(crate) fn hold(&self, bytes: usize) -> Option<Held> {
        let totals = &self.0;
        let fits = |held: usize| {
            let then = held.saturating_add(bytes);
            (held == 0 || then <= MAX_HELD_BYTES).then_some(then)
        };
        totals.bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits).ok()?;
        Some(Held { totals: Arc::clone(totals), bytes })
    }

    /// Counts one more consumed queue.
    pub(crate) fn subscribe(&self) -> Subscribed {
        self.0.subscriptions.fetch_add(1, Ordering::Relaxed);
        Subscribed(Arc::clone(&self.0))
    }

    /// The bytes that fall to one consumed queue.
    pub(crate) fn share(&self) -> usize {
        MAX_HELD_BYTES / self.0.subscriptions.load(Ordering::Relaxed).max(1)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.totals.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        self.0.subscriptions.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_except_for_a_message_that_is_alone() {
        let budget = Budget::default();
        let giant = budget.hold(MAX_HELD_BYTES * 2).unwrap();
        assert!(budget.hold(1).is_none());
        drop(giant);
        let half = budget.hold(MAX_HELD_BYTES / 2).unwrap();
        let _other = budget.hold(MAX_HELD_BYTES / 2).unwrap();
        assert!(budget.hold(1).is_none());
        drop(half);
        assert!(budget.hold(1).is_some());
    }

    #[test]
    fn every_consumed_queue_has_the_same_share() {
        let budget = Budget::default();
        assert_eq!(budget.share(), MAX_HELD_BYTES);
        let subscribed: Vec<_> = (0..4).map(|_| budget.subscribe()).collect();
        assert_eq!(budget.share(), MAX_HELD_BYTES / 4);
        drop(subscribed);
        assert_eq!(budget.share(), MAX_HELD_BYTES);
    }
}
