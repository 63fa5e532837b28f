use super::{cpu_micros, sample};
use crate::load::{self, Reads, Until, Work};
use crate::machine;
use crate::peer::{self, Captured};
use crate::plan::{CONCURRENCIES, FIXED_GROUP, WRITERS};
use crate::shop::Shop;
use crate::world::{World, progress};
use anyhow::Result;
use serde::Serialize;

/// Durable writes with the workers paused, and raw group commit of the very bytes that they left in the queue.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    /// Synced appends a second that the disk did just before.
    pub(crate) syncs_per_second: f64,
    /// Bytes of an event as it is stored.
    pub(crate) event_bytes: f64,
    /// One for each of [`CONCURRENCIES`].
    pub(crate) writes: Vec<Writes>,
    /// Raw commits of [`FIXED_GROUP`] rows, in rows a second.
    pub(crate) raw_fixed_per_second: f64,
    /// Requests a second for `/healthz` over as many connections as the last writes: what HTTP leaves to them.
    pub(crate) probe_per_second: f64,
}

/// Writes over so many connections.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Writes {
    pub(crate) concurrency: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) shop_cpu_micros: f64,
    pub(crate) generator_cpu_micros: f64,
    /// Events that shared a commit, on average.
    pub(crate) group: f64,
    /// Raw commits of as many rows, in rows a second.
    pub(crate) raw_per_second: f64,
}

impl Writes {
    /// The shop's rate by the raw one of the same group size.
    pub(crate) fn ratio(&self) -> f64 {
        self.per_second / self.raw_per_second
    }
}

/// All rounds, and the events of the last one.
pub(crate) fn measure(world: &World) -> Result<(Vec<Round>, Captured)> {
    let mut rounds = Vec::new();
    loop {
        let (round, events) = measure_round(world, rounds.len())?;
        rounds.push(round);
        if rounds.len() >= world.plan.rounds {
            return Ok((rounds, events));
        }
    }
}

fn measure_round(world: &World, number: usize) -> Result<(Round, Captured)> {
    let syncs_per_second = machine::syncs_per_second(world.scratch())?;
    let shop = world.shop("accepted", &["--paused"])?;
    let (mut writes, mut sent) = (Vec::new(), 0);
    for concurrency in CONCURRENCIES {
        writes.push(measure_writes(world, &shop, concurrency, &mut sent)?);
    }
    let until = Until::Window { warm_up: world.plan.warm_up, window: world.plan.window };
    let probe = load::run(shop.address, Work::Read(Reads::Health), WRITERS, until, || Ok(()))?;
    shop.stop()?;
    let events = Captured::read(&world.path("accepted").join("queue.db"), "queue_", world.plan.rows, 1)?;
    world.discard("accepted")?;
    for writes in &mut writes {
        // Group sizes are means; a raw loop commits whole rows.
        let group = writes.group.round().max(1.0) as usize;
        let raw = peer::write(world.scratch(), &events, group, world.plan.peer)?;
        writes.raw_per_second = raw.per_second();
        progress(format_args!(
            "accepted {}/{}: {:>3} connections {:>6.0}/s, raw commits of {group} {:>6.0}/s",
            number + 1,
            world.plan.rounds,
            writes.concurrency,
            writes.per_second,
            writes.raw_per_second
        ));
    }
    let raw = peer::write(world.scratch(), &events, FIXED_GROUP, world.plan.peer)?;
    let round = Round {
        syncs_per_second,
        event_bytes: events.bytes_per_row(),
        writes,
        raw_fixed_per_second: raw.per_second(),
        probe_per_second: probe.per_second(),
    };
    Ok((round, events))
}

fn measure_writes(world: &World, shop: &Shop, concurrency: usize, sent: &mut u64) -> Result<Writes> {
    let work = Work::Write(world.options.workload, *sent);
    let until = Until::Window { warm_up: world.plan.warm_up, window: world.plan.window };
    let before = commits(shop)?;
    let load = load::run(shop.address, work, concurrency, until, sample(shop))?;
    let commits = commits(shop)? - before;
    *sent += load.sent;
    let (shop_cpu_micros, generator_cpu_micros) = cpu_micros(&load);
    Ok(Writes {
        concurrency,
        per_second: load.per_second(),
        p50_ms: load.millis(0.5),
        p99_ms: load.millis(0.99),
        shop_cpu_micros,
        generator_cpu_micros,
        group: load.sent as f64 / commits.max(1.0),
        raw_per_second: 0.0,
    })
}

fn commits(shop: &Shop) -> Result<f64> {
    Ok(shop.metrics()?.sum("pawnshop_sqlite_commit_seconds_count", &[("database", "queue")]))
}
