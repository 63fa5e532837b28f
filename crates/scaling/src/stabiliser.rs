use crate::{Backlog, Limits, desired};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Scales out at once, and in only to the highest count wanted in the last window: HPA's
/// `behavior.scaleDown.stabilizationWindowSeconds`.
///
/// Time is passed in. One stabiliser belongs to one pool; its memory is bounded by the most workers that it had or wanted.
#[derive(Clone, Debug)]
pub struct Stabiliser {
    window: Duration,
    /// When which count was wanted, oldest first. A count is dropped as soon as a later one is as high, so
    /// that counts strictly fall and the first one is the highest of the window.
    wanted: VecDeque<(Instant, u32)>,
    /// How many workers there were at the last call.
    last: Option<u32>,
}

impl Stabiliser {
    /// A window of zero scales in at once.
    pub fn new(window: Duration) -> Self {
        Self { window, wanted: VecDeque::new(), last: None }
    }

    /// The worker count for `backlog` as read at `now`, for a pool that has `current` workers.
    ///
    /// The first call takes `current` as wanted until then, as HPA does, so that a restart never scales in
    /// early. A `current` that rose above what was wanted last is somebody else's doing, who may know more: it counts as
    /// wanted too. Calls come in order of time; an earlier `now` counts as the time of the call before.
    pub fn workers(&mut self, now: Instant, backlog: &Backlog, current: u32, limits: &Limits) -> u32 {
        let workers = limits.hold(self.highest(now, desired(backlog, current, limits), current));
        // Whoever asks does so: to be as many next time is no news, even where some had died.
        self.last = Some(workers);
        workers
    }

    /// The highest count wanted in the last window, `wanted` at `now` included; otherwise as [`Self::workers`].
    pub fn highest(&mut self, now: Instant, wanted: u32, current: u32) -> u32 {
        let rose = self.last.replace(current).is_none_or(|last| last < current);
        if rose && self.wanted.back().is_none_or(|&(_, last)| last < current) {
            self.want(now, current);
        }
        self.want(now, wanted);
        self.wanted.front().map_or(wanted, |&(_, workers)| workers)
    }

    /// How long until fewer than the highest are allowed, if no more are wanted until then; `None`: the highest is
    /// what was wanted last.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        match self.wanted.front() {
            Some(&(at, _)) if self.wanted.len() > 1 => {
                Some(self.window.saturating_sub(now.saturating_duration_since(at)))
            }
            _ => None,
        }
    }

    fn want(&mut self, now: Instant, workers: u32) {
        while self.wanted.back().is_some_and(|&(_, earlier)| earlier <= workers) {
            self.wanted.pop_back();
        }
        self.wanted.push_back((now, workers));
        while self.wanted.len() > 1
            && self.wanted.front().is_some_and(|&(at, _)| now.saturating_duration_since(at) >= self.window)
        {
            self.wanted.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::num::NonZeroU32;

    const WINDOW: Duration = Duration::from_secs(60);

    fn limits(min: u32, max: u32) -> Limits {
        Limits { min, max, backlog_per_worker: NonZeroU32::MIN }
    }

    #[test]
    fn scaling_out_does_not_wait() {
        let mut stabiliser = Stabiliser::new(WINDOW);
        assert_eq!(stabiliser.workers(Instant::now(), &Backlog::Known(8), 1, &limits(1, 10)), 8);
    }

    #[test]
    fn scaling_in_waits_for_the_window_and_goes_to_its_highest_wish() {
        let start = Instant::now();
        let mut stabiliser = Stabiliser::new(WINDOW);
        let mut at = |seconds, events, current| {
            let now = start + Duration::from_secs(seconds);
            stabiliser.workers(now, &Backlog::Known(events), current, &limits(0, 10))
        };
        assert_eq!(at(0, 8, 0), 8);
        assert_eq!(at(20, 3, 8), 8);
        assert_eq!(at(40, 5, 8), 8);
        assert_eq!(at(59, 0, 8), 8);
        assert_eq!(at(60, 0, 8), 5, "the wish for 8 is a window old, the one for 5 is not");
        assert_eq!(at(119, 0, 5), 0, "nothing but 0 was wanted since 59 s");
    }

    #[test]
    fn a_restart_does_not_scale_in_early() {
        let start = Instant::now();
        let mut stabiliser = Stabiliser::new(WINDOW);
        let idle = Backlog::Known(0);
        assert_eq!(stabiliser.workers(start, &idle, 6, &limits(0, 10)), 6);
        assert_eq!(stabiliser.workers(start + WINDOW, &idle, 6, &limits(0, 10)), 0);
    }

    #[test]
    fn what_somebody_else_raised_stays_for_a_window() {
        let start = Instant::now();
        let mut stabiliser = Stabiliser::new(WINDOW);
        let mut at = |seconds, wanted, current| {
            stabiliser.highest(start + Duration::from_secs(seconds), wanted, current)
        };
        assert_eq!(at(0, 1, 1), 1);
        assert_eq!(at(100, 1, 10), 10);
        assert_eq!(at(159, 1, 10), 10);
        assert_eq!(at(160, 1, 10), 1);
        assert_eq!(at(161, 5, 1), 5);
        assert_eq!(at(190, 1, 5), 5);
        assert_eq!(at(221, 1, 5), 1, "what was wanted here is no newer than the wish");
    }

    #[test]
    fn workers_that_die_and_are_replaced_begin_no_window_anew() {
        let start = Instant::now();
        let mut stabiliser = Stabiliser::new(WINDOW);
        let mut at = |seconds, events, current| {
            let now = start + Duration::from_secs(seconds);
            stabiliser.workers(now, &Backlog::Known(events), current, &limits(0, 10))
        };
        assert_eq!(at(0, 8, 8), 8);
        assert_eq!(at(30, 2, 3), 8);
        assert_eq!(at(31, 2, 8), 8);
        assert_eq!(at(60, 2, 8), 2);
    }

    #[test]
    fn a_lowered_maximum_holds_at_once() {
        let start = Instant::now();
        let mut stabiliser = Stabiliser::new(WINDOW);
        assert_eq!(stabiliser.workers(start, &Backlog::Known(9), 9, &limits(0, 10)), 9);
        assert_eq!(stabiliser.workers(start, &Backlog::Known(9), 9, &limits(0, 4)), 4);
    }

    proptest! {
        /// Replays any history of (seconds passed, backlog or unknown) and checks each answer against it.
        #[test]
        fn no_answer_is_below_anything_wanted_within_the_window(
            history in prop::collection::vec((0u64..30, prop::option::of(0u64..20)), 1..80),
            first in 0u32..10,
        ) {
            let limits = limits(0, 10);
            let mut stabiliser = Stabiliser::new(WINDOW);
            let mut now = Instant::now();
            let mut current = first;
            let mut wishes = vec![(now, first)];
            for (passed, events) in history {
                now += Duration::from_secs(passed);
                let backlog = events.map_or(Backlog::Unknown("no answer".to_owned()), Backlog::Known);
                wishes.push((now, desired(&backlog, current, &limits)));
                if wishes.len() == 2 {
                    wishes[0].0 = now;
                }
                let recent = wishes.iter().filter(|(at, _)| now - *at < WINDOW);
                let highest = recent.map(|&(_, workers)| workers).max().unwrap();
                let answer = stabiliser.workers(now, &backlog, current, &limits);
                prop_assert_eq!(answer, highest);
                prop_assert!(stabiliser.wanted.len() <= 11);
                if events.is_none() {
                    prop_assert!(answer >= current);
                }
                current = answer;
            }
        }
    }
}
