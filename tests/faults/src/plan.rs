//! Which fault when, and for how long: drawn from a seed, so that a run can be had again.

use crate::faults::Fault;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::ops::RangeInclusive;
use std::time::Duration;

/// One fault to come.
#[derive(Clone, Copy)]
pub struct Planned {
    /// Which.
    pub fault: &'static Fault,
    /// How long it lasts, where it lasts.
    pub length: Duration,
    /// The calm before it.
    pub calm: Duration,
}

/// How long things last.
#[derive(Clone, Debug)]
pub struct Lengths {
    /// A fault, in milliseconds.
    pub short: RangeInclusive<u64>,
    /// The first occurrence of a fault that is an outage; `None`: as short as the others.
    pub outage: Option<Duration>,
    /// The calm between two faults, in milliseconds.
    pub calm: RangeInclusive<u64>,
}

/// A schedule of `count` faults, at least of every fault once: whole rounds of them all, each round in an order of
/// its own.
pub fn plan(seed: u64, count: usize, lengths: &Lengths, faults: &[&'static Fault]) -> Vec<Planned> {
    let mut dice = StdRng::seed_from_u64(seed);
    let (mut planned, count) = (Vec::new(), count.max(faults.len()));
    while planned.len() < count && !faults.is_empty() {
        let mut round = faults.to_vec();
        round.shuffle(&mut dice);
        round.truncate(count - planned.len());
        let first = planned.is_empty();
        planned.extend(round.into_iter().map(|fault| {
            let short = Duration::from_millis(dice.random_range(lengths.short.clone()));
            Planned {
                fault,
                length: lengths.outage.filter(|_| first && fault.outage).unwrap_or(short),
                calm: Duration::from_millis(dice.random_range(lengths.calm.clone())),
            }
        }));
    }
    planned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults;
    use std::collections::BTreeSet;

    fn lengths() -> Lengths {
        Lengths { short: 1_000..=3_000, outage: Some(Duration::from_secs(60)), calm: 100..=200 }
    }

    fn names(seed: u64, count: usize) -> Vec<(&'static str, Duration)> {
        let planned = plan(seed, count, &lengths(), &faults::all());
        planned.iter().map(|planned| (planned.fault.name, planned.length)).collect()
    }

    #[test]
    fn a_seed_gives_the_same_schedule_again_and_another_seed_another() {
        assert_eq!(names(7, 100), names(7, 100));
        assert_ne!(names(7, 100), names(8, 100));
    }

    #[test]
    fn every_fault_comes_at_least_once_and_as_many_as_asked_for() {
        let different: BTreeSet<_> = names(7, 0).into_iter().map(|(name, _)| name).collect();
        assert_eq!(different.len(), faults::all().len());
        assert_eq!(names(7, 100).len(), 100);
    }

    #[test]
    fn every_outage_is_a_long_one_once() {
        let long = names(7, 100).into_iter().filter(|&(_, length)| length == Duration::from_secs(60));
        let outages = faults::all().iter().filter(|fault| fault.outage).count();
        assert_eq!(long.count(), outages);
    }
}
