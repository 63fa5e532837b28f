use super::{cpu_micros, sample};
use crate::load::{self, Until, Work};
use crate::peer::{self, Applied, Captured, Groups};
use crate::plan::{FIXED_GROUP, PATIENCE, WRITERS};
use crate::process::{Memory, MemorySampler};
use crate::shop::Shop;
use crate::world::{World, progress};
use anyhow::Result;
use pawnshop_bench_machine::process;
use serde::Serialize;
use std::time::Instant;

/// Writes of the warm-up, for each connection.
const WARM_UP: u64 = 40;

/// Writes accepted and applied, and a raw loop that does the same writes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) events: u64,
    /// From the first request until nothing was left to apply.
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// From the last answer until nothing was left to apply.
    pub(crate) behind_ms: f64,
    /// Processor time of the shop per event, accepted and applied.
    pub(crate) shop_cpu_micros: f64,
    /// Commits of the queue's file per 1,000 events, in which inserts and deletes share.
    pub(crate) queue_commits: f64,
    /// Documents per commit of the store's file.
    pub(crate) document_group: f64,
    /// The raw loop with the shop's own group sizes.
    pub(crate) raw_per_second: f64,
    /// The raw loop with [`FIXED_GROUP`] rows in every commit.
    pub(crate) raw_fixed_per_second: f64,
}

impl Round {
    pub(crate) fn ratio(&self) -> f64 {
        self.per_second / self.raw_per_second
    }

    pub(crate) fn ratio_fixed(&self) -> f64 {
        self.per_second / self.raw_fixed_per_second
    }
}

/// All rounds. `events` are rows of the queue as an earlier part left them, for the raw loop.
pub(crate) fn measure(world: &World, events: &Captured) -> Result<Vec<Round>> {
    (0..world.plan.rounds).map(|number| measure_round(world, events, number)).collect()
}

fn measure_round(world: &World, events: &Captured, number: usize) -> Result<Round> {
    let mut shop = world.shop("sustained", &[])?;
    let mut round = write(world, &mut shop, world.plan.sustained)?;
    shop.stop()?;
    let group = round.document_group.round().max(1.0) as usize;
    let documents = Captured::read(&world.path("sustained").join("store.db"), "c_", world.plan.rows, group)?;
    world.discard("sustained")?;
    let queue = (1_000.0 / round.queue_commits).round().max(1.0) as usize;
    let raw = |groups| -> Result<Applied> {
        peer::apply(world.scratch(), events, &documents, groups, world.plan.peer * 2)
    };
    round.raw_per_second = raw(Groups { queue, documents: group })?.per_second();
    round.raw_fixed_per_second = raw(Groups { queue: FIXED_GROUP, documents: FIXED_GROUP })?.per_second();
    progress(format_args!(
        "sustained {}/{}: {:>6.0}/s ({:.0} ms behind), raw loop {:>6.0}/s",
        number + 1,
        world.plan.rounds,
        round.per_second,
        round.behind_ms,
        round.raw_per_second
    ));
    Ok(round)
}

/// Writes and waits until all is applied, after a warm-up that is applied as well.
pub(super) fn write(world: &World, shop: &mut Shop, events: u64) -> Result<Round> {
    let writes = world.options.workload;
    let warm_up = Until::Requests(WARM_UP * WRITERS as u64, PATIENCE);
    let warm = load::run(shop.address, Work::Write(writes, 0), WRITERS, warm_up, || Ok(()))?.sent;
    shop.wait_until_applied(warm)?;
    let before = (shop.metrics()?, process::cpu(shop.pid())?);
    let until = Until::Requests(events, PATIENCE);
    let load = load::run(shop.address, Work::Write(writes, warm), WRITERS, until, || Ok(()))?;
    let answered = Instant::now();
    shop.wait_until_applied(warm + events)?;
    let behind = answered.elapsed();
    let elapsed = load.began.elapsed();
    let (after, cpu) = (shop.metrics()?, process::cpu(shop.pid())?);
    let commits = |database| {
        let count = |metrics: &crate::scrape::Metrics| {
            metrics.sum("pawnshop_sqlite_commit_seconds_count", &[("database", database)])
        };
        (count(&after) - count(&before.0)).max(1.0)
    };
    Ok(Round {
        events,
        per_second: events as f64 / elapsed.as_secs_f64(),
        p50_ms: load.millis(0.5),
        p99_ms: load.millis(0.99),
        behind_ms: behind.as_secs_f64() * 1e3,
        shop_cpu_micros: cpu.saturating_sub(before.1).as_secs_f64() * 1e6 / events as f64,
        queue_commits: commits("queue") * 1_000.0 / events as f64,
        document_group: events as f64 / commits("store"),
        raw_per_second: 0.0,
        raw_fixed_per_second: 0.0,
    })
}

/// A shop's memory while a great many events pass through it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Soak {
    pub(crate) events: u64,
    /// Until all was applied.
    pub(crate) per_second: f64,
    pub(crate) p99_ms: f64,
    pub(crate) shop_cpu_micros: f64,
    pub(crate) generator_cpu_micros: f64,
    pub(crate) memory: Memory,
}

/// Sends a great many events of all flows through a fresh shop.
pub(crate) fn soak(world: &World) -> Result<Soak> {
    let mut shop = world.shop("soak", &[])?;
    let events = world.plan.events;
    let memory = MemorySampler::start(shop.pid());
    let work = Work::Write(crate::options::Writes::Mix, 0);
    let load = load::run(shop.address, work, WRITERS, Until::Requests(events, PATIENCE), sample(&shop))?;
    shop.wait_until_applied(events)?;
    let elapsed = load.began.elapsed();
    let memory = memory.finish()?;
    let (shop_cpu_micros, generator_cpu_micros) = cpu_micros(&load);
    shop.stop()?;
    world.discard("soak")?;
    let per_second = events as f64 / elapsed.as_secs_f64();
    progress(format_args!("soak: {events} events at {per_second:.0}/s, peak {:.0} MiB", memory.peak_mib));
    Ok(Soak { events, per_second, p99_ms: load.millis(0.99), shop_cpu_micros, generator_cpu_micros, memory })
}
