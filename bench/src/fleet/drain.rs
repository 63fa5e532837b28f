use super::contestants::Shop;
use super::documents::Documents;
use super::store::Store;
use super::{Fleet, micros_each};
use crate::http;
use crate::load::{self, BUY, Until, Work};
use crate::options::Writes;
use crate::plan::{PATIENCE, WRITERS};
use crate::process::MemorySampler;
use crate::spawned::{self, START};
use crate::world::progress;
use anyhow::{Result, bail};
use pawnshop_bench_machine::process;
use serde::Serialize;
use std::time::Instant;

/// How many raw inserts are tried at a time; the fastest counts.
const IN_FLIGHT: [usize; 3] = [1, 2, 4];
/// Where the worker puts buy actions.
const COLLECTION: &str = "buys";

/// A backlog of buy actions, accepted while no worker ran, and drained by one; and raw inserts of the same documents.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) events: u64,
    /// While the backlog was built.
    pub(crate) accepted_per_second: f64,
    /// From the first look at the worker, with less than everything left, to the last event applied.
    pub(crate) drained_per_second: f64,
    /// Per event, while it drained.
    pub(crate) worker_cpu_micros: f64,
    pub(crate) store_cpu_micros: f64,
    pub(crate) broker_cpu_micros: f64,
    /// The most that was ever resident in the worker.
    pub(crate) worker_peak_mib: f64,
    /// Raw inserts, as many at a time as made them fastest.
    pub(crate) raw_in_flight: usize,
    pub(crate) raw_per_second: f64,
}

impl Round {
    pub(crate) fn ratio(&self) -> f64 {
        self.drained_per_second / self.raw_per_second
    }
}

/// All rounds, each on a shop and databases of its own, on one server.
pub(crate) fn measure(fleet: &Fleet<'_>) -> Result<Vec<Round>> {
    let store = Store::start(fleet, "drain")?;
    let documents = Documents::open(&store.uri, fleet.runtime.handle())?;
    let rounds = (0..fleet.world.plan.rounds)
        .map(|number| measure_round(fleet, &store, &documents, number))
        .collect::<Result<Vec<_>>>()?;
    drop(store);
    fleet.world.discard("drain")?;
    Ok(rounds)
}

fn measure_round(fleet: &Fleet<'_>, store: &Store, documents: &Documents, number: usize) -> Result<Round> {
    let (shop, database) = (Shop::new(&format!("drain-{number}")), format!("drain-{number}"));
    let (events, accepted_per_second) = build(fleet, &shop)?;
    let mut round = drain(fleet, &shop, store, &database, events)?;
    round.accepted_per_second = accepted_per_second;
    let captured = documents.capture(&database, COLLECTION)?;
    if captured.documents.len() as u64 != events {
        bail!("{events} events were acknowledged, but {} documents are there", captured.documents.len());
    }
    documents.discard(&database)?;
    for in_flight in IN_FLIGHT {
        let raw = format!("raw-{number}-{in_flight}");
        let elapsed = documents.insert(&captured, &raw, in_flight)?;
        documents.discard(&raw)?;
        let per_second = events as f64 / elapsed.as_secs_f64();
        if per_second > round.raw_per_second {
            (round.raw_in_flight, round.raw_per_second) = (in_flight, per_second);
        }
    }
    progress(format_args!(
        "drain {}/{}: {:>6.0}/s, raw inserts {:>6.0}/s with {} at a time",
        number + 1,
        fleet.world.plan.rounds,
        round.drained_per_second,
        round.raw_per_second,
        round.raw_in_flight
    ));
    Ok(round)
}

/// Has a dispatcher accept the backlog; how many events that are, and how many a second it accepted.
fn build(fleet: &Fleet<'_>, shop: &Shop) -> Result<(u64, f64)> {
    let none = "static:127.0.0.1:9";
    let name = "pawnshop-dispatcher";
    let mut dispatcher = fleet.programs.dispatcher(name, &shop.reference, &fleet.broker.uri, none, &[])?;
    let (address, mut first) = (dispatcher.address, 0);
    dispatcher.process.wait_until(START, "the dispatcher accepts a write", || {
        let accepted = http::post(address, "/item/action/buy", BUY).is_ok_and(|(status, _)| status == 202);
        first += u64::from(accepted);
        Ok(accepted)
    })?;
    let events = fleet.world.plan.backlog;
    let until = Until::Requests(events, PATIENCE);
    let load = load::run(address, Work::Write(Writes::Buys, 0), WRITERS, until, || Ok(()))?;
    Ok((load.sent + first, load.per_second()))
}

fn drain(fleet: &Fleet<'_>, shop: &Shop, store: &Store, database: &str, events: u64) -> Result<Round> {
    let cpu = |worker: u32| -> Result<_> {
        let pids = [worker, store.process.pid(), fleet.broker.pid];
        pids.into_iter().map(process::cpu).collect::<Result<Vec<_>>>()
    };
    let mut worker = fleet.programs.worker(&shop.reference, &fleet.broker.uri, &store.uri, database)?;
    let pid = worker.process.pid();
    let memory = MemorySampler::start(pid);
    let before = spawned::metrics(worker.operations)?.settled("applied");
    let (started, cpu_before) = (Instant::now(), cpu(pid)?);
    worker.process.wait_until_applied(worker.operations, events)?;
    let (elapsed, cpu_after) = (started.elapsed(), cpu(pid)?);
    let drained = events.saturating_sub(before);
    if drained < events / 2 {
        bail!("{before} of {events} events were applied before the first look: too few are left to measure");
    }
    let micros = |place: usize| micros_each(cpu_before[place], cpu_after[place], drained);
    Ok(Round {
        events,
        accepted_per_second: 0.0,
        drained_per_second: drained as f64 / elapsed.as_secs_f64(),
        worker_cpu_micros: micros(0),
        store_cpu_micros: micros(1),
        broker_cpu_micros: micros(2),
        worker_peak_mib: memory.finish()?.peak_mib,
        raw_in_flight: 0,
        raw_per_second: 0.0,
    })
}
