use crate::Share;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How the service behaves. The same behaviour gives the same answers to the same look-ups, in whatever order they
/// come.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// What everything is drawn from.
    pub seed: u64,
    /// How long an answer takes, each as likely as another. An empty range is one of its start alone.
    pub latency: RangeInclusive<Duration>,
    /// The share of objects that are online.
    pub online: Share,
    /// The share of objects that it does not know: 404.
    pub unknown: Share,
    /// The share of objects whose every look-up fails: 500.
    pub broken: Share,
    /// The share of look-ups that are never answered.
    pub hangs: Share,
    /// The share of look-ups that fail: 500. The same look-up made again has a chance of its own.
    pub errors: Share,
    /// The share of look-ups whose answer makes no sense. Together with `hangs` and `errors` it is 1 at most; what is
    /// more is cut off, of this first.
    pub nonsense: Share,
}

impl Default for Behaviour {
    /// Slow, and never wrong.
    fn default() -> Self {
        Self {
            seed: 1,
            latency: Duration::from_millis(300)..=Duration::from_secs(4),
            online: Share::HALF,
            unknown: Share::NONE,
            broken: Share::NONE,
            hangs: Share::NONE,
            errors: Share::NONE,
            nonsense: Share::NONE,
        }
    }
}

impl Behaviour {
    /// Without a fault, and as fast as can be.
    pub fn at_once() -> Self {
        Self { latency: Duration::ZERO..=Duration::ZERO, ..Self::default() }
    }
}
