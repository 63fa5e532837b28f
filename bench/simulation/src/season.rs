use crate::Options;
use crate::load::{Kind, Pool, Trace};
use crate::queue::Pods;
use crate::scaler::Contestant;
use crate::tally::Tally;
use std::sync::atomic::{AtomicU32, Ordering};

/// What came of every contestant, by kind of load.
pub(crate) struct Season {
    tallies: Vec<[Tally; Kind::ALL.len()]>,
}

impl Season {
    /// Scales every pool by every contestant, on all processors. Sums are of whole numbers: the same in any order.
    pub(crate) fn play(options: &Options) -> Self {
        let next = AtomicU32::new(0);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut season = Self::empty();
        std::thread::scope(|scope| {
            let player = || {
                let mut mine = Self::empty();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= options.pools {
                        return mine;
                    }
                    mine.pool(number, options);
                }
            };
            let players: Vec<_> = (0..cores).map(|_| scope.spawn(player)).collect();
            for player in players {
                match player.join() {
                    Ok(its) => season.add(&its),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        season
    }

    fn empty() -> Self {
        Self { tallies: vec![Default::default(); Contestant::ALL.len()] }
    }

    fn pool(&mut self, number: u32, options: &Options) {
        let (pool, mut random) = Pool::new(number, options.seed, options.events_per_message);
        let trace = Trace::new(&pool, options.days, &mut random);
        for (contestant, tallies) in Contestant::ALL.into_iter().zip(&mut self.tallies) {
            let tally = contestant.scale(&pool, &trace, pods(options), |_, _| {});
            tallies[pool.kind as usize].add(&tally);
        }
    }

    fn add(&mut self, other: &Self) {
        for (tallies, others) in self.tallies.iter_mut().zip(&other.tallies) {
            for (tally, other) in tallies.iter_mut().zip(others) {
                tally.add(other);
            }
        }
    }

    /// Of one kind of load.
    pub(crate) fn of(&self, contestant: usize, kind: Kind) -> Tally {
        self.tallies[contestant][kind as usize]
    }

    /// Of all loads.
    pub(crate) fn all(&self, contestant: usize) -> Tally {
        self.tallies[contestant].iter().fold(Tally::default(), |mut sum, tally| {
            sum.add(tally);
            sum
        })
    }
}

/// How pods start and end in this run.
pub(crate) fn pods(options: &Options) -> Pods {
    Pods { start: options.start, grace: options.grace }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn the_same_seed_gives_the_same_files() {
        let options = Options::parse_from(["simulation", "--pools", "16", "--days", "3"]);
        let files = || crate::report::files(&options, &Season::play(&options));
        assert_eq!(files(), files());
    }
}
