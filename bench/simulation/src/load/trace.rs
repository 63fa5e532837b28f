use super::{Pool, rates};
use crate::clock::{PER_MINUTE, steps};
use rand::RngExt;
use rand_distr::{Distribution, Poisson};

/// How long after it was first tried a failing event comes back: the sums of the delay tiers.
const RETRIES: [u32; 4] = [1, 11, 71, 671];

/// What comes to a pool, step by step.
pub(crate) struct Trace {
    /// The events that have come until the end of each step.
    arrived: Vec<u64>,
    /// The events that the retry tiers hold at the end of each step; empty where none ever do.
    delayed: Vec<u32>,
}

impl Trace {
    /// The load of a pool for so many days.
    pub(crate) fn new(pool: &Pool, days: u32, random: &mut impl RngExt) -> Self {
        let rates = rates::rates(pool, days, random);
        let mut arrivals = Vec::with_capacity(rates.events.len() * PER_MINUTE as usize);
        for &mean in &rates.events {
            arrivals.extend(minute(mean, random));
        }
        let mut delayed = Vec::new();
        if rates.poison.iter().any(|&mean| mean > 0.0) {
            delayed = vec![0; arrivals.len()];
            for (at, &mean) in rates.poison.iter().enumerate().filter(|(_, mean)| **mean > 0.0) {
                for (step, events) in minute(mean, random).into_iter().enumerate() {
                    fail(&mut arrivals, &mut delayed, at * PER_MINUTE as usize + step, events);
                }
            }
        }
        Self::of(&arrivals, delayed)
    }

    /// So many events in each step.
    pub(crate) fn of(arrivals: &[u32], delayed: Vec<u32>) -> Self {
        let sum = |sum: &mut u64, &events: &u32| {
            *sum += u64::from(events);
            Some(*sum)
        };
        Self { arrived: arrivals.iter().scan(0, sum).collect(), delayed }
    }

    pub(crate) fn steps(&self) -> u32 {
        self.arrived.len() as u32
    }

    /// The events that have come until the end of a step.
    pub(crate) fn arrived(&self, step: u32) -> u64 {
        self.arrived[step as usize]
    }

    pub(crate) fn delayed(&self, step: u32) -> u32 {
        self.delayed.get(step as usize).copied().unwrap_or(0)
    }

    /// The first step after this one in which an event comes, or that after the last.
    pub(crate) fn next_arrival(&self, step: u32) -> u32 {
        let before = self.arrived(step);
        let rest = self.arrived[step as usize + 1..].iter();
        step + 1 + rest.take_while(|&&arrived| arrived == before).count() as u32
    }
}

/// Events of one minute with this mean, spread over its steps.
fn minute(mean: f64, random: &mut impl RngExt) -> [u32; PER_MINUTE as usize] {
    let mut steps = [0; PER_MINUTE as usize];
    let events = Poisson::new(mean).map_or(0, |events| events.sample(random) as u32);
    let (each, rest) =
        if events < 4 * PER_MINUTE { (0, events) } else { (events / PER_MINUTE, events % PER_MINUTE) };
    steps.fill(each);
    for _ in 0..rest {
        steps[random.random_range(0..PER_MINUTE as usize)] += 1;
    }
    steps
}

/// So many events come, fail, and come back after each delay.
fn fail(arrivals: &mut [u32], delayed: &mut [u32], step: usize, events: u32) {
    let mut from = step;
    arrivals[step] += events;
    for delay in RETRIES {
        let until = (step + steps(delay) as usize).min(arrivals.len());
        delayed[from..until].iter_mut().for_each(|held| *held += events);
        let Some(back) = arrivals.get_mut(until) else { return };
        *back += events;
        from = until;
    }
}
