use rand::RngExt;
use std::time::Duration;

/// The first pause between two attempts to connect.
const FIRST: Duration = Duration::from_millis(100);

/// The pauses between attempts: they double up to a bound, with jitter so that processes that lost their broker
/// together do not come back together.
#[derive(Debug)]
pub(crate) struct Pauses {
    longest: Duration,
    next: Duration,
}

impl Pauses {
    pub(crate) fn new(longest: Duration) -> Self {
        Self { longest, next: FIRST.min(longest) }
    }

    /// The next pause: between half of it and all of it.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.next.mul_f64(rand::rng().random_range(0.5..=1.0));
        self.next = (self.next * 2).min(self.longest);
        pause
    }

    /// Begins anew after a success.
    pub(crate) fn reset(&mut self) {
        self.next = FIRST.min(self.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound_and_begin_anew_after_a_success() {
        let longest = Duration::from_secs(2);
        let mut pauses = Pauses::new(longest);
        assert!(pauses.next() <= FIRST);
        for _ in 0..100 {
            assert!(pauses.next() <= longest);
        }
        assert!(pauses.next() >= longest / 2);
        pauses.reset();
        assert!(pauses.next() <= FIRST);
    }
}
