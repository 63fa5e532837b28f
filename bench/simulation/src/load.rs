//! The loads: what comes to a pool, minute by minute, and what its events are like.

mod rates;
mod trace;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

pub(crate) use trace::Trace;

/// What a load is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Daily,
    Bursts,
    Flapping,
    Weekend,
    Poison,
    Long,
    Trickle,
    Recorded,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Daily,
        Self::Bursts,
        Self::Flapping,
        Self::Weekend,
        Self::Poison,
        Self::Long,
        Self::Trickle,
        Self::Recorded,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily cycle",
            Self::Bursts => "bursts",
            Self::Flapping => "flapping",
            Self::Weekend => "office hours",
            Self::Poison => "poison floods",
            Self::Long => "long handlers",
            Self::Trickle => "trickle",
            Self::Recorded => "recorded-like",
        }
    }

    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Daily => "one wave a day, at its peak 2 to 12 workers' worth",
            Self::Bursts => {
                "next to nothing, and about six times a day 1,000 to 100,000 events within 1 to 5 minutes"
            }
            Self::Flapping => "2 to 8 workers' worth and next to nothing in turn, every 1 to 10 minutes",
            Self::Weekend => {
                "0.5 to 6 workers' worth on weekdays from 8 to 18, a fiftieth at other hours, nothing at weekends"
            }
            Self::Poison => {
                "a daily wave of 1 to 3 workers, and about once a day 5,000 to 50,000 events that fail at each of their five attempts, 1 s, 10 s, 60 s and 10 min apart"
            }
            Self::Long => {
                "1 to 30 events every 1 to 3 hours, each handled for 1 to 10 minutes, one at a time per worker, for 1 to 5 events of backlog per worker"
            }
            Self::Trickle => "one event every 5 to 600 s",
            Self::Recorded => {
                "day and week, noise that lasts for hours, bursts of any size (Pareto): drawn from a seed, as no production trace is at hand"
            }
        }
    }
}

/// A pool: what its events are like, and by what it is scaled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    pub(crate) kind: Kind,
    /// The events per second that one worker handles.
    pub(crate) rate: f64,
    /// How long one event is handled, in seconds.
    pub(crate) handling: f64,
    /// How many a worker handles at once.
    pub(crate) concurrency: u32,
    /// How many a worker holds at most.
    pub(crate) prefetch: u32,
    pub(crate) events_per_message: u32,
    pub(crate) backlog_per_worker: u32,
    pub(crate) max: u32,
    /// Where in their periods whoever reads it begins.
    pub(crate) phase: u32,
}

impl Pool {
    /// The pool of this number; a generator of its own, so that no pool depends on another.
    pub(crate) fn new(number: u32, seed: u64, events_per_message: u32) -> (Self, Xoshiro256PlusPlus) {
        let kind = Kind::ALL[number as usize % Kind::ALL.len()];
        let mut random = Xoshiro256PlusPlus::seed_from_u64((seed << 32) + u64::from(number));
        let phase = random.random_range(0..3600);
        let pool = if kind == Kind::Long {
            let handling = log_uniform(&mut random, 60.0, 600.0);
            Self {
                kind,
                rate: 1.0 / handling,
                handling,
                concurrency: 1,
                prefetch: 1,
                events_per_message: 1,
                backlog_per_worker: random.random_range(1..=5),
                max: 20,
                phase,
            }
        } else {
            let (handling, concurrency) = (0.05, random.random_range(3..=10));
            Self {
                kind,
                rate: f64::from(concurrency) / handling,
                handling,
                concurrency,
                prefetch: 256,
                events_per_message,
                backlog_per_worker: 500,
                max: 20,
                phase,
            }
        };
        (pool, random)
    }
}

/// A number whose logarithm is evenly spread.
fn log_uniform(random: &mut impl RngExt, least: f64, most: f64) -> f64 {
    (least.ln() + random.random::<f64>() * (most / least).ln()).exp()
}
