use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A budget of new workers: at most `workers` are added in any interval of the length `per`, as by a `scaleUp` policy
/// of type Pods of a HorizontalPodAutoscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surge {
    /// So many workers.
    pub workers: u32,
    /// In so long.
    pub per: Duration,
}

/// Which workers were added when, by whomever: told from how many there are at each reading, so that an addition that
/// failed costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Additions {
    last: Option<u32>,
    added: VecDeque<(Instant, u32)>,
}

impl Additions {
    /// Takes note of how many workers there are at `now`. What the budget no longer covers is forgotten.
    pub fn note(&mut self, now: Instant, workers: u32, per: Duration) {
        let more = workers.saturating_sub(self.last.unwrap_or(workers));
        self.last = Some(workers);
        if more > 0 {
            self.added.push_back((now, more));
        }
        while self.added.front().is_some_and(|&(at, _)| now.saturating_duration_since(at) >= per) {
            self.added.pop_front();
        }
    }

    /// How many workers may be added now.
    pub fn left(&self, surge: &Surge) -> u32 {
        let added = self.added.iter().fold(0_u32, |sum, &(_, more)| sum.saturating_add(more));
        surge.workers.saturating_sub(added)
    }

    /// How long until the budget grows.
    pub fn wait(&self, now: Instant, surge: &Surge) -> Option<Duration> {
        self.added.front().map(|&(at, _)| surge.per.saturating_sub(now.saturating_duration_since(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SURGE: Surge = Surge { workers: 4, per: Duration::from_secs(60) };

    #[test]
    fn the_budget_comes_back_as_additions_grow_old() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut additions = Additions::default();
        additions.note(at(0), 5, SURGE.per);
        assert_eq!(additions.left(&SURGE), 4, "what is found at first was not added");
        additions.note(at(10), 8, SURGE.per);
        assert_eq!(additions.left(&SURGE), 1);
        assert_eq!(additions.wait(at(10), &SURGE), Some(SURGE.per));
        additions.note(at(69), 2, SURGE.per);
        assert_eq!(additions.left(&SURGE), 1, "removing gives nothing back");
        additions.note(at(70), 2, SURGE.per);
        assert_eq!(additions.left(&SURGE), 4);
    }

    proptest! {
        #[test]
        fn whoever_adds_no_more_than_is_left_stays_within_the_budget(
            history in prop::collection::vec((0..40_u64, 0..6_u32, 0..3_u32), 1..60),
        ) {
            let (mut now, mut workers) = (Instant::now(), 10_u32);
            let mut additions = Additions::default();
            let mut record = Vec::new();
            for (passed, more, fewer) in history {
                now += Duration::from_secs(passed);
                additions.note(now, workers, SURGE.per);
                let more = more.min(additions.left(&SURGE));
                record.push((now, more));
                let within = record.iter().filter(|(at, _)| now - *at < SURGE.per);
                prop_assert!(within.map(|(_, more)| more).sum::<u32>() <= SURGE.workers);
                workers += more;
                additions.note(now, workers, SURGE.per);
                workers = workers.saturating_sub(fewer);
            }
        }
    }
}
