use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When requests are due, shared by all clients, and how many were answered.
pub(super) struct Pace {
    start: Instant,
    end: End,
    /// Requests per second, or as many as get answered.
    rate: Option<f64>,
    next: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) failed: AtomicU64,
}

/// When no more requests are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// So long after the start.
    After(Duration),
    /// After so many.
    Count(u64),
}

/// A request that is due.
pub(super) struct Due {
    /// Which one of all it is, from 0.
    pub(super) number: u64,
    /// The moment from which its latency counts.
    pub(super) since: Instant,
}

impl Pace {
    pub(super) fn new(start: Instant, end: End, rate: Option<f64>) -> Self {
        let zero = || AtomicU64::new(0);
        Self { start, end, rate, next: zero(), answered: zero(), failed: zero() }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Waits for the next request to be due. `None`: the end.
    pub(super) async fn due(&self) -> Option<Due> {
        let now = Instant::now();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let due = match self.rate {
            Some(rate) => self.start + Duration::from_secs_f64(number as f64 / rate),
            None => now,
        };
        let over = match self.end {
            End::After(duration) => due >= self.start + duration,
            End::Count(count) => number >= count,
        };
        if over {
            return None;
        }
        if due <= now {
            // This client was held up by an earlier answer: the time that passed is the dispatcher's.
            return Some(Due { number, since: due });
        }
        tokio::time::sleep_until(due.into()).await;
        // The timer's own lateness (up to 1 ms) is not.
        Some(Due { number, since: Instant::now() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(pace: Pace) -> Vec<u64> {
        let mut numbers = Vec::new();
        while let Some(due) = pace.due().await {
            numbers.push(due.number);
        }
        numbers
    }

    #[tokio::test]
    async fn so_many_requests_are_due_at_any_rate() {
        let now = Instant::now();
        for rate in [None, Some(1_000.0)] {
            assert_eq!(all(Pace::new(now, End::Count(3), rate)).await, [0, 1, 2]);
        }
    }

    #[tokio::test]
    async fn as_many_are_due_as_fit_the_time() {
        let end = End::After(Duration::from_millis(50));
        assert_eq!(all(Pace::new(Instant::now(), end, Some(100.0))).await, [0, 1, 2, 3, 4]);
        // Every 5 s: the first is due at once.
        let end = End::After(Duration::from_secs(1));
        assert_eq!(all(Pace::new(Instant::now(), end, Some(0.2))).await, [0]);
    }
}
