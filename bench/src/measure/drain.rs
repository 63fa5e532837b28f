use crate::load::{self, Until, Work};
use crate::options::Writes;
use crate::peer::{self, Captured, Groups};
use crate::plan::{PATIENCE, WRITERS};
use crate::process::{Memory, MemorySampler};
use crate::shop::Shop;
use crate::world::{World, progress};
use anyhow::{Result, bail};
use pawnshop_bench_machine::process;
use serde::Serialize;
use std::time::Instant;

const DATA: &str = "drain";

/// A backlog of all flows, accepted by a paused shop and drained by the next one on the same data.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Drain {
    pub(crate) events: u64,
    /// While the backlog was built.
    pub(crate) accepted_per_second: f64,
    pub(crate) accepting: Memory,
    /// From the first look at the shop, with less than everything left, to the last event applied.
    pub(crate) drained_per_second: f64,
    pub(crate) draining: Memory,
    pub(crate) shop_cpu_micros: f64,
    /// Documents per commit.
    pub(crate) document_group: f64,
    /// A raw loop of the same inserts and deletes at the same group size.
    pub(crate) raw_per_second: f64,
}

impl Drain {
    pub(crate) fn ratio(&self) -> f64 {
        self.drained_per_second / self.raw_per_second
    }
}

/// Builds and drains; the shop is left running on what it has applied.
pub(crate) fn measure(world: &World) -> Result<(Drain, Shop, Captured)> {
    let events = world.plan.events;
    let paused = world.shop(DATA, &["--paused"])?;
    let accepting = MemorySampler::start(paused.pid());
    let work = Work::Write(Writes::Mix, 0);
    let built = load::run(paused.address, work, WRITERS, Until::Requests(events, PATIENCE), || Ok(()))?;
    let accepting = accepting.finish()?;
    paused.stop()?;
    let rows = Captured::read(&world.path(DATA).join("queue.db"), "queue_", world.plan.rows, 1)?;
    progress(format_args!("drain: a backlog of {events} is built"));

    let mut shop = world.shop(DATA, &[])?;
    let draining = MemorySampler::start(shop.pid());
    let (started, before, cpu) = (Instant::now(), shop.applied()?, process::cpu(shop.pid())?);
    shop.wait_until_applied(events)?;
    let (elapsed, cpu_after) = (started.elapsed(), process::cpu(shop.pid())?);
    let drained = events.saturating_sub(before);
    if drained < events / 2 {
        bail!("{before} of {events} events were applied before the first look: too few are left to measure");
    }
    let commits = shop.metrics()?.sum("pawnshop_sqlite_commit_seconds_count", &[("database", "store")]);
    let drain = Drain {
        events,
        accepted_per_second: built.per_second(),
        accepting,
        drained_per_second: drained as f64 / elapsed.as_secs_f64(),
        draining: draining.finish()?,
        shop_cpu_micros: cpu_after.saturating_sub(cpu).as_secs_f64() * 1e6 / drained as f64,
        document_group: events as f64 / commits.max(1.0),
        raw_per_second: 0.0,
    };
    progress(format_args!(
        "drain: {:.0}/s, peak {:.0} MiB",
        drain.drained_per_second, drain.draining.peak_mib
    ));
    Ok((drain, shop, rows))
}

/// Ends the shop and has a raw loop do the same writes.
pub(crate) fn with_peer(world: &World, mut drain: Drain, shop: Shop, events: &Captured) -> Result<Drain> {
    shop.stop()?;
    let group = drain.document_group.round().max(1.0) as usize;
    let documents = Captured::read(&world.path(DATA).join("store.db"), "c_", world.plan.rows, group)?;
    world.discard(DATA)?;
    let groups = Groups { queue: group, documents: group };
    let mut rates = Vec::new();
    for _ in 0..world.plan.rounds {
        let raw = peer::apply(world.scratch(), events, &documents, groups, world.plan.peer * 2)?;
        rates.push(raw.drained_per_second());
    }
    drain.raw_per_second = crate::statistics::median(&rates).unwrap_or(0.0);
    Ok(drain)
}
