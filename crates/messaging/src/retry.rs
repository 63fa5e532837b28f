use std::time::Duration;

/// The delay tiers that an event's own failures walk through, first to last; then it is a dead letter (D1, D12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

/// One delay of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tier {
    /// How long an event waits in it, at least.
    pub delay: Duration,
}

impl RetrySchedule {
    /// Tiers in the order in which they are walked. Empty: the first failure is final.
    pub fn new(delays: Vec<Duration>) -> Self {
        Self(delays)
    }

    /// The tier for an event that has failed `attempts` times before the failure at hand; `None` when the
    /// last tier lies behind it.
    pub fn tier(&self, attempts: u32) -> Option<Tier> {
        let index = usize::try_from(attempts).ok()?;
        self.0.get(index).map(|&delay| Tier { delay })
    }

    /// Every tier, for the backend to declare.
    pub fn tiers(&self) -> impl Iterator<Item = Tier> + '_ {
        self.0.iter().map(|&delay| Tier { delay })
    }
}

impl Default for RetrySchedule {
    /// 1 s, 10 s, 60 s, 10 min (decision D2).
    fn default() -> Self {
        Self([1, 10, 60, 600].map(Duration::from_secs).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn failures_walk_the_tiers_in_order_and_then_there_is_none(
            seconds in prop::collection::vec(0..1_000_000_u64, 0..32),
            beyond: u32,
        ) {
            let delays: Vec<_> = seconds.into_iter().map(Duration::from_secs).collect();
            let schedule = RetrySchedule::new(delays.clone());
            let walked: Vec<_> = (0..).map_while(|attempts| schedule.tier(attempts)).collect();
            prop_assert_eq!(walked.iter().map(|tier| tier.delay).collect::<Vec<_>>(), delays);
            prop_assert_eq!(&walked, &schedule.tiers().collect::<Vec<_>>());
            let end = u32::try_from(walked.len()).unwrap();
            prop_assert_eq!(schedule.tier(end.saturating_add(beyond)), None);
        }
    }
}
