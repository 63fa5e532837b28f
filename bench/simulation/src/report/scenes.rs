use crate::Options;
use crate::clock::{PER_DAY, PER_MINUTE};
use crate::load::{Kind, Pool, Trace};
use crate::plot::{Panel, Point, panels, scatter};
use crate::scaler::{Contestant, Growth, Protocol, Target};
use crate::season::{Season, pods};

/// The contestants whose scenes are drawn.
const DRAWN: [Contestant; 4] = [
    Contestant::Builtin,
    Contestant::Hpa(Growth::Fast),
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
    let burst = scene(options, Kind::Bursts, "A burst: events that wait or are held, and workers", 2, 15);
    let long = scene(options, Kind::Long, "Long handlers: events that wait or are held, and workers", 5, 85);
    vec![("burst.svg".to_owned(), burst), ("long.svg".to_owned(), long)]
}

/// The largest arrival of the first day, with so many minutes before and after it.
fn scene(options: &Options, kind: Kind, title: &str, before: u32, after: u32) -> String {
    let (pool, mut random) = Pool::new(kind as u32, options.seed, options.events_per_message);
    let trace = Trace::new(&pool, 1, &mut random);
    let came = |step: u32| trace.arrived(step) - if step == 0 { 0 } else { trace.arrived(step - 1) };
    // Late enough for every contestant to have come to rest, early enough to be seen to the end.
    let at = (PER_DAY / 4..PER_DAY - after * PER_MINUTE).max_by_key(|&step| came(step)).unwrap_or_default();
    let (from, until) = (at.saturating_sub(before * PER_MINUTE), at + after * PER_MINUTE);
    let shown: Vec<_> = DRAWN
        .into_iter()
        .map(|contestant| {
            let mut panel = Panel { name: contestant.name(), backlog: Vec::new(), workers: Vec::new() };
            contestant.scale(&pool, &trace, pods(options), |step, sight| {
                if (from..until).contains(&step) {
                    let minute = f64::from(step - from) / f64::from(PER_MINUTE) - f64::from(before);
                    panel.backlog.push((minute, (sight.ready + sight.held) as f64));
                    panel.workers.push((minute, f64::from(sight.workers)));
                }
            });
            panel
        })
        .collect();
    panels(title, (-f64::from(before), f64::from(after)), &shown)
}
