use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long to go on with a request that may pass later, and when to try again.
#[derive(Debug)]
pub(crate) struct Patience {
    start: Instant,
    limit: Duration,
    pause: Duration,
}

impl Patience {
    /// From now on for so long.
    pub(crate) fn of(limit: Duration) -> Self {
        Self { start: Instant::now(), limit, pause: FIRST_PAUSE }
    }

    /// Waits before the next try: never less than `wanted`, and not all senders equally long. `false`, at once, when
    /// that would be too late.
    pub(crate) async fn wait(&mut self, wanted: Option<Duration>) -> bool {
        let left = self.limit.saturating_sub(self.start.elapsed());
        let least = wanted.unwrap_or(self.pause);
        if least > left {
            return false;
        }
        tokio::time::sleep(least.mul_f64(1.0 + 0.5 * rand::random::<f64>()).min(left)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn patience_ends_with_its_limit_and_never_waits_in_vain() {
        let mut patience = Patience::of(Duration::from_secs(1));
        for too_long in [Duration::from_secs(60), Duration::MAX] {
            assert!(!patience.wait(Some(too_long)).await);
        }
        let start = Instant::now();
        assert!(patience.wait(None).await);
        assert!(start.elapsed() >= FIRST_PAUSE);
        assert!(!Patience::of(Duration::ZERO).wait(None).await);
    }
}
