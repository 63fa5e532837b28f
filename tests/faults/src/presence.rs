//! The presence service on a real fleet, while its workers and the outside service that they ask are killed: every callback
//! that was acknowledged is looked up in the end, and nothing is given up. And how many look-ups it makes of those that
//! Little's law allows.

mod fleet;
mod partner;

pub use fleet::{Fleet, Shape};
pub use partner::Partner;

use crate::memory::{Memory, Pids};
use crate::programs::Programs;
use anyhow::{Context, Result, ensure};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The objects of a partner whose callbacks never end.
const OBJECTS: u64 = 2_000;

/// How many objects are read through the shop, beside its store.
const SAMPLE: u64 = 100;

/// Messages that are soon worked through, once nobody is killed any more.
const NEXT_TO_NOTHING: u64 = 100;

/// How long whoever was killed stays away, and others are left alone, in milliseconds.
const AWAY: std::ops::Range<u64> = 500..3_000;

/// What is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ids that the partner calls back with.
    pub ids: u64,
    /// The fleet.
    pub shape: Shape,
    /// What the kills are drawn from.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// Ids of acknowledged callbacks.
    pub acknowledged: u64,
    /// Of these, those that were not seen in the end.
    pub lost: BTreeSet<u64>,
    /// Rejections and dead letters: no object failed by itself.
    pub given_up: u64,
    /// Attempts that the workers which lived to the end counted against events: none had an error of its own.
    pub retried: u64,
    /// Workers that were killed, and how often the objects' service was.
    pub kills: (u32, u32),
    /// What ended by itself, and panics.
    pub crashes: Vec<String>,
    /// From the first callback until all was read.
    pub took: Duration,
    /// The most memory that a worker had, in MiB.
    pub worker_mib: f64,
}

impl Report {
    /// Whether all held.
    pub fn held(&self) -> bool {
        self.lost.is_empty() && self.given_up == 0 && self.crashes.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (workers, objects) = self.kills;
        write!(
            f,
            "{} ids acknowledged, lost {}, given up {}, retried {}, in {:.0?}; killed: workers {workers} times, the objects' \
             service {objects} times; {:.0} MiB a worker at most",
            self.acknowledged,
            self.lost.len(),
            self.given_up,
            self.retried,
            self.took,
            self.worker_mib
        )?;
        self.crashes.iter().try_for_each(|crash| write!(f, "\n{crash}"))
    }
}

/// Calls back through kill after kill, then lets everything live, and reads everything.
///
/// # Errors
/// When the run cannot be ended.
pub async fn run(options: &Options, programs: &Programs) -> Result<Report> {
    let pids = Pids::default();
    let memory = Memory::watch(pids.clone());
    let mut fleet = Fleet::start(programs, &pids, &options.shape).await?;
    let partner = Partner::of(fleet.url()?)?;
    let begun = Instant::now();
    let calling = tokio::spawn({
        let (partner, ids) = (partner.clone(), options.ids);
        async move { partner.call_back(ids, ids).await }
    });
    let kills = kill_until_nearly_done(&mut fleet, options.seed, || calling.is_finished()).await?;
    calling.await.context("the partner")??;
    fleet.drained().await?;
    let seen = fleet.seen().await?;
    for id in (0..options.ids).step_by(usize::try_from(options.ids / SAMPLE)?.max(1)) {
        ensure!(
            partner.is_seen(id).await? == seen.contains(&id),
            "the shop tells something else of {id} than its store"
        );
    }
    let given_up = fleet.unhappy_outcomes().await?;
    let report = Report {
        acknowledged: options.ids,
        lost: (0..options.ids).filter(|id| !seen.contains(id)).collect(),
        given_up,
        retried: fleet.retried().await?,
        kills,
        crashes: fleet.crashes(),
        took: begun.elapsed(),
        worker_mib: worker_mib(&memory),
    };
    fleet.end().await;
    Ok(report)
}

/// Until all is acknowledged and next to nothing is queued; each of them at least once, however soon that is.
async fn kill_until_nearly_done(
    fleet: &mut Fleet,
    seed: u64,
    is_acknowledged: impl Fn() -> bool,
) -> Result<(u32, u32)> {
    let (mut dice, mut workers, mut objects) = (SmallRng::seed_from_u64(seed), 0, 0);
    while !is_acknowledged() || workers == 0 || objects == 0 || fleet.queued().await? > NEXT_TO_NOTHING {
        sleep(Duration::from_millis(dice.random_range(AWAY))).await;
        let away = Duration::from_millis(dice.random_range(AWAY));
        if workers > objects {
            objects += 1;
            fleet.objects.kill().await?;
            sleep(away).await;
            fleet.objects.start().await?;
        } else {
            workers += 1;
            let worker = dice.random_range(0..fleet.workers.len());
            fleet.workers[worker].kill().await?;
            sleep(away).await;
            fleet.workers[worker].start().await?;
        }
    }
    Ok((workers, objects))
}

/// How many look-ups are made a second, of those that Little's law allows.
#[derive(Debug)]
pub struct Pace {
    /// Workers.
    pub workers: usize,
    /// Look-ups that were answered a second.
    pub per_second: f64,
    /// Under way at once, over how long one takes on average (Little 1961).
    pub law: f64,
    /// The most memory that a worker had, in MiB.
    pub worker_mib: f64,
}

impl Pace {
    /// Whether it is nearly all that the law allows, in little memory.
    pub fn held(&self) -> bool {
        self.per_second >= 0.95 * self.law && self.worker_mib <= 60.0
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workers, per_second, law, worker_mib } = self;
        let share = per_second / law * 100.0;
        write!(
            f,
            "{workers} workers: {per_second:.1} look-ups/s of {law:.0}, {share:.1} %; {worker_mib:.0} MiB a worker at most"
        )
    }
}

/// Measures over this time what a fleet makes of a backlog that never ends.
///
/// # Errors
/// When the run cannot be ended.
pub async fn pace(shape: &Shape, over: Duration, programs: &Programs) -> Result<Pace> {
    let pids = Pids::default();
    let memory = Memory::watch(pids.clone());
    let fleet = Fleet::start(programs, &pids, shape).await?;
    let mean = (*shape.latency.start() + *shape.latency.end()).as_secs_f64() / 2.0;
    let law = (shape.workers * shape.concurrency) as f64 / mean;
    // As much as the law allows while it runs up, is measured and a little longer.
    let run_up = *shape.latency.end() * 3;
    let ids = (law * (run_up * 2 + over).as_secs_f64()) as u64;
    Partner::of(fleet.url()?)?.call_back(ids, OBJECTS).await?;
    sleep(run_up).await;
    let (before, begun) = (answered(&fleet).await?, Instant::now());
    sleep(over).await;
    let (after, took) = (answered(&fleet).await?, begun.elapsed());
    let worker_mib = worker_mib(&memory);
    fleet.end().await;
    ensure!(after < ids, "the backlog came to its end: {after} of {ids}");
    let per_second = (after - before) as f64 / took.as_secs_f64();
    Ok(Pace { workers: shape.workers, per_second, law, worker_mib })
}

async fn answered(fleet: &Fleet) -> Result<u64> {
    let stats = reqwest::get(format!("{}/stats", fleet.objects_uri())).await?.error_for_status()?;
    stats.json::<serde_json::Value>().await?["answered"].as_u64().context("how many were answered?")
}

fn worker_mib(memory: &Memory) -> f64 {
    let workers = memory.peaks().into_iter().filter(|(name, _)| name.starts_with("worker"));
    workers.map(|(_, mib)| mib).fold(0.0, f64::max)
}
