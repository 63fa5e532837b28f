use crate::Backlog;
use std::num::NonZeroU32;

/// What bounds a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The fewest workers; 0 lets an idle pool sleep.
    pub min: u32,
    /// The most workers; where it is below `min`, it wins.
    pub max: u32,
    /// How many events of backlog one worker stands for.
    pub backlog_per_worker: NonZeroU32,
}

impl Limits {
    /// The nearest worker count within the limits.
    pub fn hold(&self, workers: u32) -> u32 {
        workers.max(self.min).min(self.max)
    }

    /// One worker for every started share of so many events, without bounds.
    pub fn workers_for(&self, events: u64) -> u32 {
        let workers = events.div_ceil(u64::from(self.backlog_per_worker.get()));
        u32::try_from(workers).unwrap_or(u32::MAX)
    }
}

/// How many workers a pool should have: `clamp(ceil(backlog / backlog_per_worker), min, max)`.
///
/// An unknown backlog holds what is there, `clamp(current, min, max)`, so that it never scales in (G7).
pub fn desired(backlog: &Backlog, current: u32, limits: &Limits) -> u32 {
    let wanted = match backlog {
        Backlog::Known(events) => limits.workers_for(*events),
        Backlog::Unknown(_) => current,
    };
    limits.hold(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(min: u32, max: u32, per_worker: u32) -> Limits {
        Limits { min, max, backlog_per_worker: NonZeroU32::new(per_worker).unwrap() }
    }

    #[test]
    fn a_worker_is_wanted_for_every_started_share_of_the_backlog() {
        let limits = limits(0, 10, 500);
        for (events, workers) in [(0, 0), (1, 1), (500, 1), (501, 2), (5_000, 10), (5_001, 10)] {
            assert_eq!(desired(&Backlog::Known(events), 3, &limits), workers, "{events} events");
        }
    }

    #[test]
    fn an_idle_pool_keeps_its_minimum() {
        assert_eq!(desired(&Backlog::Known(0), 7, &limits(2, 10, 500)), 2);
    }

    #[test]
    fn the_greatest_backlog_saturates_at_the_maximum() {
        assert_eq!(desired(&Backlog::Known(u64::MAX), 0, &limits(0, u32::MAX, 1)), u32::MAX);
    }

    prop_compose! {
        fn any_limits()(min in 0u32..50, more in 0u32..50, per in 1u32..2_000) -> Limits {
            limits(min, min + more, per)
        }
    }

    proptest! {
        #[test]
        fn the_answer_is_always_within_bounds(events: Option<u64>, current: u32, limits in any_limits()) {
            let backlog = events.map_or(Backlog::Unknown(String::new()), Backlog::Known);
            let workers = desired(&backlog, current, &limits);
            prop_assert!((limits.min..=limits.max).contains(&workers));
        }

        #[test]
        fn more_backlog_never_wants_fewer_workers(a: u64, b: u64, current: u32, limits in any_limits()) {
            let (less, more) = (a.min(b), a.max(b));
            prop_assert!(
                desired(&Backlog::Known(less), current, &limits) <= desired(&Backlog::Known(more), current, &limits)
            );
        }

        #[test]
        fn every_worker_is_needed_and_enough_unless_a_bound_says_otherwise(events in 0u64..200_000, limits in any_limits()) {
            let workers = desired(&Backlog::Known(events), 0, &limits);
            let capacity = |workers: u32| u64::from(workers) * u64::from(limits.backlog_per_worker.get());
            prop_assert!(workers == limits.max || capacity(workers) >= events);
            prop_assert!(workers == limits.min || capacity(workers - 1) < events);
        }

        #[test]
        fn an_unknown_backlog_never_scales_in(current: u32, limits in any_limits()) {
            let workers = desired(&Backlog::Unknown("no answer".to_owned()), current, &limits);
            prop_assert!(workers >= current || workers == limits.max);
        }
    }
}
