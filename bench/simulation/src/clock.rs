//! The simulation's time: steps of five seconds, the interval of RabbitMQ's statistics.

use std::time::{Duration, Instant};

/// The seconds of a step.
pub(crate) const STEP: u32 = 5;
/// The steps of a minute, in which a load is steady.
pub(crate) const PER_MINUTE: u32 = 60 / STEP;
/// The steps of a day.
pub(crate) const PER_DAY: u32 = 24 * 60 * PER_MINUTE;

/// So many seconds in steps, rounded up.
pub(crate) fn steps(seconds: u32) -> u32 {
    seconds.div_ceil(STEP)
}

/// Gives the scaling rule the instants that it asks for; which one it began with changes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The end of a step.
    pub(crate) fn at(self, step: u32) -> Instant {
        self.0 + Duration::from_secs(u64::from(step) * u64::from(STEP))
    }
}
