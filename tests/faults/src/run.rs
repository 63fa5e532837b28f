//! One run: load on a fleet, fault after fault, then the reckoning.

use crate::audit;
use crate::faults::{self, Fault};
use crate::findings::Findings;
use crate::ledger::Ledger;
use crate::memory::{Memory, Pids};
use crate::plan::{Lengths, Planned, plan};
use crate::programs::Programs;
use crate::raw::RawPublisher;
use crate::readers::Readers;
use crate::recovery;
use crate::report::{Report, Struck};
use crate::scene::Scene;
use crate::shop::Shop;
use crate::world::World;
use crate::writers::{Load, Writers};
use anyhow::{Context, Result};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// What a run is to be.
pub struct Options {
    /// What everything that is drawn is drawn from.
    pub seed: u64,
    /// How many faults; at least every one once.
    pub faults: usize,
    /// How long things last.
    pub lengths: Lengths,
    /// Goes on until so many events are acknowledged.
    pub events: u64,
    /// How many write, and how fast.
    pub writers: u32,
    /// See [`Load::per_second`].
    pub per_second: f64,
    /// Acknowledged events that are also looked for through the API.
    pub sample: usize,
    /// Only faults whose name contains this.
    pub only: Option<String>,
    /// Where it is told what goes on.
    pub tell: fn(&str),
}

/// How long the shop may stay away after a fault before the run is given up.
const GIVEN_UP: Duration = Duration::from_secs(90);
/// How long a fault may take beyond its length: servers start and stop in it.
const STRIKE: Duration = Duration::from_secs(120);
/// How long the last writes may take.
const LAST_WRITES: Duration = Duration::from_secs(60);
/// The wait for what the reckoning shows missing.
const LATE: Duration = Duration::from_secs(30);

/// Runs it all.
///
/// # Errors
/// When the run cannot go on: a server or a process that does not start, a shop that does not come back. What the shop
/// does wrong otherwise is in the report.
pub async fn run(options: &Options, programs: &Programs) -> Result<(Report, Skips)> {
    let (pids, findings, ledger) = (Pids::default(), Arc::<Findings>::default(), Arc::<Ledger>::default());
    let world = World::start(programs, Arc::clone(&pids)).await.context("start servers and fleet")?;
    let shop = Shop::new(world.url().await?, format!("r{:x}", options.seed), Arc::clone(&findings))?;
    let dice = StdRng::seed_from_u64(options.seed);
    let mut scene = Scene { world, shop, ledger, findings, dice, skips: Vec::new(), poison: 0 };
    let result = course(&mut scene, options, pids).await;
    if result.is_err() {
        (options.tell)(&scene.world.last_words());
        (options.tell)(&format!("the logs are kept: {}", scene.world.keep_logs().display()));
    }
    let skips = std::mem::take(&mut scene.skips);
    scene.world.end().await;
    Ok((result?, skips))
}

/// Faults that could not be had on this machine, and why.
pub type Skips = Vec<(&'static str, &'static str)>;

async fn course(scene: &mut Scene, options: &Options, pids: Pids) -> Result<Report> {
    let tell = options.tell;
    recovery::recovered(&scene.shop, &scene.ledger, GIVEN_UP).await.context("the first write")?;
    let memory = Memory::watch(pids);
    let load = Load { writers: options.writers, per_second: options.per_second, seed: options.seed };
    let began = Instant::now();
    let writers = Writers::start(load, &scene.shop, &scene.ledger);
    let readers = Readers::start(&scene.shop, &scene.ledger);
    let wanted = |fault: &&Fault| options.only.as_ref().is_none_or(|only| fault.name.contains(only));
    let has_fail_points = scene.world.store.has_fail_points();
    let can_be_had = |fault: &&Fault| has_fail_points || !fault.fail_points;
    let (chosen, without): (Vec<_>, Vec<_>) = faults::all().into_iter().filter(wanted).partition(can_be_had);
    for fault in without {
        scene.skip(fault.name, "the store has no fail points");
    }
    let (mut struck, mut reads) = (Vec::new(), (0, 0));
    for (place, planned) in
        plan(options.seed, options.faults, &options.lengths, &chosen).into_iter().enumerate()
    {
        sleep(planned.calm).await;
        reads.0 += readers.take().good;
        scene.ledger.enter(Some(place));
        let recovery = strike(scene, &planned).await?;
        let seen = readers.take();
        reads.0 += seen.good;
        if planned.fault.reads_go_on {
            reads.1 += seen.errors();
            scene.demand(seen.errors() == 0, || {
                format!("{}: reads failed: {:?}", planned.fault.name, seen.bad)
            });
        }
        crashes(scene, planned.fault.name);
        scene.ledger.enter(None);
        tell(&format!(
            "{:>4.0} s  {:<44} {:>5.1} s, back after {:.1} s, {} acknowledged",
            began.elapsed().as_secs_f64(),
            planned.fault.name,
            planned.length.as_secs_f64(),
            recovery.as_secs_f64(),
            scene.ledger.acknowledged()
        ));
        struck.push(Struck { name: planned.fault.name, recovery: Some(recovery) });
    }
    while scene.ledger.acknowledged() < options.events {
        sleep(Duration::from_millis(200)).await;
    }
    scene.demand(writers.finish(LAST_WRITES).await, || "the last writes were not acknowledged".to_owned());
    let (elapsed, ended) = (began.elapsed(), Instant::now());
    readers.finish().await;
    scene.world.drained().await?;
    let drained = ended.elapsed();
    tell(&format!("drained after {:.1} s; reading every document", drained.as_secs_f64()));
    let reckoning = reckoned(scene).await?;
    for fault in audit::through_the_api(&scene.shop, &scene.ledger, options.sample).await? {
        scene.findings.add(fault);
    }
    crashes(scene, "the end");
    Ok(Report {
        seed: options.seed,
        elapsed,
        drained,
        struck,
        reckoning,
        memory: memory.peaks(),
        slowest_answer: scene.shop.slowest_answer(),
        reads,
        findings: scene.findings.take(),
    })
}

async fn strike(scene: &mut Scene, planned: &Planned) -> Result<Duration> {
    let name = planned.fault.name;
    timeout(planned.length + STRIKE, (planned.fault.strike)(scene, planned.length))
        .await
        .with_context(|| format!("{name}: takes too long"))?
        .context(name)?;
    recovery::recovered(&scene.shop, &scene.ledger, GIVEN_UP).await.context(name)
}

/// Nobody may fall over, whatever happens around them.
fn crashes(scene: &mut Scene, during: &str) {
    for fault in scene.world.crashes() {
        scene.findings.add(format!("{during}: {fault}"));
    }
}

/// Looks once more after a while when something is missing: a tier may still hold it.
async fn reckoned(scene: &Scene) -> Result<crate::ledger::Reckoning> {
    let deadline = Instant::now() + LATE;
    loop {
        let raw = RawPublisher::connect(&scene.world).await?;
        let mut stored =
            audit::stored(scene.world.store_uri(), scene.world.database(), scene.shop.run()).await?;
        for kind in crate::kind::Kind::ALL {
            stored.oversized.extend(raw.bodies(&scene.world.oversized_queue(kind)).await?);
        }
        raw.close().await?;
        let reckoning = scene.ledger.reckon(&stored);
        let missing = reckoning.lost + reckoning.letters_expected - reckoning.letters_found;
        if missing == 0 || Instant::now() > deadline {
            return Ok(reckoning);
        }
        sleep(Duration::from_secs(3)).await;
    }
}
