use super::{Kind, Pool, log_uniform};
use rand::RngExt;
use rand_distr::{Distribution, Exp, Pareto, StandardNormal};
use std::f64::consts::TAU;

const MINUTES_PER_DAY: usize = 24 * 60;

/// What comes in each minute, and what of it fails at every attempt.
pub(super) struct Rates {
    /// Events per minute, in the mean.
    pub(super) events: Vec<f64>,
    /// Events that fail, apart from those.
    pub(super) poison: Vec<f64>,
}

/// A load of the pool's kind, for so many days.
pub(super) fn rates(pool: &Pool, days: u32, random: &mut impl RngExt) -> Rates {
    let minutes = days as usize * MINUTES_PER_DAY;
    let worker = pool.rate * 60.0;
    let mut poison = vec![0.0; minutes];
    let events = match pool.kind {
        Kind::Daily => wave(minutes, worker * uniform(random, 2.0, 12.0), random),
        Kind::Bursts => {
            let mut events = vec![worker * 0.001; minutes];
            bursts(&mut events, 240.0, random, |random| log_uniform(random, 1e3, 1e5));
            events
        }
        Kind::Flapping => {
            let phase = random.random_range(1..=10);
            let high = worker * uniform(random, 2.0, 8.0);
            (0..minutes).map(|minute| if minute / phase % 2 == 0 { high } else { high * 0.01 }).collect()
        }
        Kind::Weekend => {
            let open = worker * uniform(random, 0.5, 6.0);
            (0..minutes).map(|minute| open * office(minute)).collect()
        }
        Kind::Poison => {
            bursts(&mut poison, 1_440.0, random, |random| log_uniform(random, 5e3, 5e4));
            wave(minutes, worker * uniform(random, 1.0, 3.0), random)
        }
        Kind::Long => {
            let mut events = vec![0.0; minutes];
            let gap = uniform(random, 60.0, 180.0);
            bursts(&mut events, gap, random, |random| f64::from(random.random_range(1..=30)));
            events
        }
        Kind::Trickle => vec![60.0 / log_uniform(random, 5.0, 600.0); minutes],
        Kind::Recorded => recorded(minutes, worker, random),
    };
    Rates { events, poison }
}

fn uniform(random: &mut impl RngExt, least: f64, most: f64) -> f64 {
    least + random.random::<f64>() * (most - least)
}

/// One wave a day, with its trough at an hour of the pool's own.
fn wave(minutes: usize, peak: f64, random: &mut impl RngExt) -> Vec<f64> {
    let trough = random.random::<f64>();
    let day = |minute: usize| minute as f64 / MINUTES_PER_DAY as f64;
    (0..minutes).map(|minute| peak * (0.5 - 0.5 * (TAU * (day(minute) - trough)).cos()).powf(1.5)).collect()
}

/// Full from 8 to 18 on weekdays, a fiftieth at their other hours, nothing at weekends.
fn office(minute: usize) -> f64 {
    let (day, hour) = (minute / MINUTES_PER_DAY % 7, minute % MINUTES_PER_DAY / 60);
    match (day, hour) {
        (0..5, 8..18) => 1.0,
        (0..5, _) => 0.02,
        _ => 0.0,
    }
}

/// Adds bursts of 1 to 5 minutes, `gap` minutes apart in the mean; `size` is of the whole burst.
fn bursts<R: RngExt>(events: &mut [f64], gap: f64, random: &mut R, size: impl Fn(&mut R) -> f64) {
    let mut at = 0.0;
    loop {
        // The rate is positive, so that there is always a distribution.
        at += Exp::new(1.0 / gap).map_or(gap, |gap| gap.sample(random));
        let first = at as usize;
        if first >= events.len() {
            return;
        }
        let (minutes, size) = (random.random_range(1..=5), size(random));
        for minute in events.iter_mut().skip(first).take(minutes) {
            *minute += size / minutes as f64;
        }
    }
}

/// What a shop might record: day and week, multiplied by noise that is correlated over hours, and heavy-tailed bursts.
fn recorded(minutes: usize, worker: f64, random: &mut impl RngExt) -> Vec<f64> {
    let mut events = wave(minutes, worker * log_uniform(random, 0.5, 6.0), random);
    let mut noise = 0.0;
    for (minute, rate) in events.iter_mut().enumerate() {
        let shock: f64 = StandardNormal.sample(random);
        // An autoregression with a memory of about three hours and a deviation of 0.5.
        noise = 0.9945 * noise + 0.0525 * shock;
        let weekend = if minute / MINUTES_PER_DAY % 7 < 5 { 1.0 } else { 0.4 };
        *rate *= weekend * noise.exp();
    }
    bursts(&mut events, 480.0, random, |random| {
        Pareto::new(500.0, 1.1).map_or(500.0_f64, |size| size.sample(random)).min(200_000.0)
    });
    events
}
