use crate::ObjectId;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Look-ups that came.
    pub begun: u64,
    /// Look-ups that were answered, with whatever answer. Those that whoever asked gave up are not among them.
    pub answered: u64,
    /// Look-ups that wait for their answer now.
    pub in_flight: u64,
    /// The most that ever did at once.
    pub most_at_once: u64,
    /// Objects that were looked up.
    pub distinct: u64,
}

/// Counts look-ups.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    stats: Stats,
    /// How often each object was looked up.
    look_ups: HashMap<ObjectId, u64>,
}

impl Ledger {
    /// Counts a look-up as begun; it is in flight until it is dropped.
    pub(crate) fn begin(self: Arc<Self>, id: &ObjectId) -> LookUp {
        let mut counts = self.counts();
        // Not by `entry`, which would copy every id.
        let number = match counts.look_ups.get_mut(id) {
            Some(number) => {
                *number += 1;
                *number
            }
            None => {
                counts.look_ups.insert(id.clone(), 1);
                counts.stats.distinct += 1;
                1
            }
        };
        counts.stats.begun += 1;
        counts.stats.in_flight += 1;
        counts.stats.most_at_once = counts.stats.most_at_once.max(counts.stats.in_flight);
        drop(counts);
        LookUp { ledger: self, number }
    }

    /// What was counted so far.
    pub(crate) fn stats(&self) -> Stats {
        self.counts().stats
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look-up that waits for its answer.
#[derive(Debug)]
pub(crate) struct LookUp {
    ledger: Arc<Ledger>,
    number: u64,
}

impl LookUp {
    /// Which look-up of its object it is, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// It is over, by an answer.
    pub(crate) fn answered(self) {
        self.ledger.counts().stats.answered += 1;
    }
}

impl Drop for LookUp {
    fn drop(&mut self) {
        self.ledger.counts().stats.in_flight -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_ups_are_counted_whether_answered_or_given_up() {
        let ledger = Arc::new(Ledger::default());
        let begin = |id: i64| Arc::clone(&ledger).begin(&ObjectId::from(id));
        let (first, second, other) = (begin(1), begin(1), begin(2));
        assert_eq!((first.number(), second.number(), other.number()), (1, 2, 1));
        first.answered();
        drop(second);
        let stats = Stats { begun: 3, answered: 1, in_flight: 1, most_at_once: 3, distinct: 2 };
        assert_eq!(ledger.stats(), stats);
    }
}
