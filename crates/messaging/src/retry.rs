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
