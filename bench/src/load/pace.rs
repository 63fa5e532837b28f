use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// How finely a rate is kept: the resolution of the runtime's timer.
const TICK: Duration = Duration::from_millis(1);

/// An open loop's clock: requests become due at a constant rate, those of a millisecond together.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Interval,
    began: Instant,
    per_second: f64,
    released: u64,
}

impl Pace {
    /// Starts now, within a runtime.
    pub(crate) fn new(per_second: f64) -> Self {
        let mut interval = interval(TICK);
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { interval, began: Instant::now(), per_second, released: 0 }
    }

    /// Waits for the next tick and says how many requests have become due by then.
    pub(crate) async fn tick(&mut self) -> usize {
        self.interval.tick().await;
        let due = (self.began.elapsed().as_secs_f64() * self.per_second) as u64;
        let requests = due.saturating_sub(self.released);
        self.released += requests;
        usize::try_from(requests).unwrap_or(usize::MAX)
    }
}
