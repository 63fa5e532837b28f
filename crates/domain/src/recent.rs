use std::time::Duration;

/// How far back a [`Recent`] looks, in whole seconds.
pub const RECENT_SECONDS: u64 = 10;

/// What happened in the last [`RECENT_SECONDS`] whole seconds: how often, and of a figure that came with each time,
/// the sum and the maximum. Kept by the second, so that it takes the same small room however much happens.
///
/// It has no clock: each call says when it is, as the time since a moment that stays the same.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// The second under way, and those that are looked back at.
    seconds: [Second; RECENT_SECONDS as usize + 1],
}

/// What happened together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// How often.
    pub times: u64,
    /// The figures' sum.
    pub sum: u64,
    /// The greatest figure.
    pub max: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Second {
    number: u64,
    happened: Happened,
}

impl Recent {
    /// It happened now, and this figure came with it.
    pub fn add(&mut self, now: Duration, figure: u64) {
        let number = now.as_secs();
        let place = number as usize % self.seconds.len();
        let second = &mut self.seconds[place];
        if second.number != number {
            *second = Second { number, happened: Happened::default() };
        }
        second.happened = second.happened.and(Happened { times: 1, sum: figure, max: figure });
    }

    /// What happened in the whole seconds before the one that is under way.
    pub fn before(&self, now: Duration) -> Happened {
        let now = now.as_secs();
        let looked_at = now.saturating_sub(RECENT_SECONDS)..now;
        let seconds = self.seconds.iter().filter(|second| looked_at.contains(&second.number));
        seconds.fold(Happened::default(), |all, second| all.and(second.happened))
    }
}

impl Happened {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            times: self.times.saturating_add(other.times),
            sum: self.sum.saturating_add(other.sum),
            max: self.max.max(other.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn what_happened_is_told_once_its_second_is_over_and_forgotten_after_ten() {
        let mut recent = Recent::default();
        recent.add(at(100), 3);
        recent.add(at(900), 5);
        let happened = Happened { times: 2, sum: 8, max: 5 };
        assert_eq!(recent.before(at(999)), Happened::default());
        assert_eq!(recent.before(at(1_000)), happened);
        assert_eq!(recent.before(at(10_999)), happened);
        assert_eq!(recent.before(at(11_000)), Happened::default());
    }

    #[test]
    fn a_second_that_comes_round_begins_anew() {
        let mut recent = Recent::default();
        for second in 0..25 {
            recent.add(at(second * 1_000), second);
        }
        assert_eq!(recent.before(at(25_000)), Happened { times: 10, sum: (15..25).sum(), max: 24 });
    }
}
