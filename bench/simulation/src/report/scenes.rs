use crate::Options;
use crate::clock::{PER_DAY, PER_MINUTE};
use crate::load::{Kind, Pool, Trace};
use crate::plot::{Panel, Point, panels, scatter};
use crate::queue::Pods;
use crate::scaler::{Busy, Contestant, Growth, Protocol, Target};
use crate::season::{Season, pods};

/// The contestants whose scenes are drawn.
const DRAWN: [Contestant; 4] = [
    Contestant::Builtin(Busy::Held),
    Contestant::Hpa(Growth::Fast, Busy::Held),
    Contestant::Keda(Protocol::Http, Target::AsMessages, 30),
    Contestant::Keda(Protocol::Amqp, Target::AsMessages, 30),
];

/// What it costs against what it gives.
pub(super) fn cost(options: &Options, season: &Season) -> String {
    let pools = f64::from(options.pools);
    let points: Vec<_> = Contestant::ALL
        .into_iter()
        .enumerate()
        .map(|(number, contestant)| {
            let tally = season.all(number);
            Point {
                name: contestant.name(),
                x: tally.worker_seconds as f64 / 3_600.0 / pools,
                y: tally.over[0] as f64 / 3.6e6 / pools,
                ours: !matches!(contestant, Contestant::Keda(..)),
            }
        })
        .collect();
    scatter(
        "Waiting against workers, all loads: down and left is better",
        "worker-hours per pool",
        "hours over 10 s per pool",
        &points,
    )
}

/// One burst, and one batch of long work, as each contestant meets it.
pub(super) fn scenes(options: &Options) -> Vec<(String, String)> {
    let largest = Scene::all(options, Kind::Bursts).take(10).max_by_key(|scene| scene.largest().1);
    let burst = largest.map(|scene| {
        let (step, _) = scene.largest();
        scene.draw("A burst: events that wait or are held, and workers", step, 5, 15)
    });
    let long = Scene::all(options, Kind::Long).find_map(|scene| {
        let step = scene.stopped()?;
        Some(scene.draw("Long handlers: events that wait or are held, and workers", step, 5, 75))
    });
    let files = [("burst.svg", burst), ("long.svg", long)];
    files.into_iter().filter_map(|(name, content)| Some((name.to_owned(), content?))).collect()
}

/// A pool, for the first days.
struct Scene {
    pool: Pool,
    trace: Trace,
    pods: Pods,
}

impl Scene {
    const DAYS: u32 = 3;

    /// The pools of a kind.
    fn all(options: &Options, kind: Kind) -> impl Iterator<Item = Self> {
        let numbers = (kind as u32..options.pools).step_by(Kind::ALL.len());
        numbers.map(|number| {
            let (pool, mut random) = Pool::new(number, options.seed, options.events_per_message);
            let trace = Trace::new(&pool, Self::DAYS, &mut random);
            Self { pool, trace, pods: pods(options) }
        })
    }

    /// The step of the second day with which the fullest minute begins, and its events.
    fn largest(&self) -> (u32, u64) {
        let minute = |step: u32| (step, self.trace.arrived(step + PER_MINUTE) - self.trace.arrived(step));
        (PER_DAY..2 * PER_DAY).map(minute).max_by_key(|&(_, events)| events).unwrap_or_default()
    }

    /// When the work began from which KEDA, asking over AMQP, removed the last worker first on the second day.
    fn stopped(&self) -> Option<u32> {
        let (mut held, mut began, mut stopped) = (0, 0, None);
        let keda = Contestant::Keda(Protocol::Amqp, Target::AsMessages, 30);
        keda.scale(&self.pool, &self.trace, self.pods, |step, sight| {
            if (PER_DAY..2 * PER_DAY).contains(&step) && sight.workers == 0 && held > 0 {
                stopped.get_or_insert(began);
            }
            if held == 0 && sight.workers == 0 {
                began = step;
            }
            held = sight.held;
        });
        stopped
    }

    /// So many minutes before a step and after it.
    fn draw(&self, title: &str, at: u32, before: u32, after: u32) -> String {
        let from = at - before * PER_MINUTE;
        let minute = |step: usize| step as f64 / f64::from(PER_MINUTE) - f64::from(before);
        let drawn = DRAWN.into_iter().map(|contestant| {
            // What is slept through is not watched: nothing is there.
            let nothing: Vec<_> =
                (0..((before + after) * PER_MINUTE) as usize).map(|step| (minute(step), 0.0)).collect();
            let mut panel = Panel { name: contestant.name(), backlog: nothing.clone(), workers: nothing };
            contestant.scale(&self.pool, &self.trace, self.pods, |step, sight| {
                let place = step.checked_sub(from).map(|place| place as usize);
                if let Some(place) = place.filter(|&place| place < panel.backlog.len()) {
                    panel.backlog[place].1 = (sight.ready + sight.held) as f64;
                    panel.workers[place].1 = f64::from(sight.workers);
                }
            });
            panel
        });
        panels(title, (-f64::from(before), f64::from(after)), &drawn.collect::<Vec<_>>())
    }
}
