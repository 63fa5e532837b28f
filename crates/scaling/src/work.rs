use crate::Backlog;
use std::num::NonZeroU32;

/// What a pool has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Events that wait or are being worked on.
    pub backlog: Backlog,
    /// Workers that have held the same batch for longer than `busyAfter`, and those that nobody could ask.
    pub busy: u32,
}

impl Work {
    /// The events of backlog that keep as many workers as are busy.
    pub fn keeps_busy(&self, backlog_per_worker: NonZeroU32) -> u64 {
        u64::from(self.busy) * u64::from(backlog_per_worker.get())
    }
}

/// The value that a pool is scaled by (decision K1): its backlog, or as much as keeps its busy workers, whichever is
/// more, since workers that hold little but long work would be scaled in otherwise. Unknown stays Unknown (G7).
pub fn value(work: &Work, backlog_per_worker: NonZeroU32) -> Backlog {
    match &work.backlog {
        Backlog::Known(events) => Backlog::Known(work.keeps_busy(backlog_per_worker).max(*events)),
        unknown @ Backlog::Unknown(_) => unknown.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, desired};
    use proptest::prelude::*;

    #[test]
    fn an_unknown_backlog_stays_unknown_however_many_workers_are_busy() {
        let unknown = Backlog::Unknown("no answer".to_owned());
        let work = Work { backlog: unknown.clone(), busy: 7 };
        assert_eq!(value(&work, NonZeroU32::MIN), unknown);
    }

    proptest! {
        #[test]
        fn a_busy_worker_is_always_wanted(events in 0..1_000_000_u64, busy in 0..100_u32, per in 1..2_000_u32) {
            let per = NonZeroU32::new(per).unwrap();
            let limits = Limits { min: 0, max: 100, backlog_per_worker: per };
            let value = value(&Work { backlog: Backlog::Known(events), busy }, per);
            prop_assert!(desired(&value, 0, &limits) >= busy);
            prop_assert!(desired(&value, 0, &limits) >= desired(&Backlog::Known(events), 0, &limits));
        }
    }
}
