use super::Fleet;
use super::contestants::Shop;
use super::documents::{self, Documents};
use super::store::Store;
use crate::http;
use crate::load::{self, LONGEST, Reads, Until, Work, item_id};
use crate::options::Writes;
use crate::plan::{PATIENCE, READERS, WRITERS};
use crate::spawned::START;
use crate::world::progress;
use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use mongodb::Client;
use serde::Serialize;
use std::time::Instant;

/// Connections, or finds of the direct loop, at a time.
pub(crate) const CONCURRENCIES: [usize; 2] = [1, READERS];
/// Where a worker puts items, and the actions on them.
const ITEMS: &str = "items";
const ACTIONS: [&str; 3] = ["buys", "sells", "pawns"];
const DATABASE: &str = "reads";

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    /// `GET /item/fetch/{id}` through dispatcher and worker.
    Fleet,
    /// The same four documents by the driver alone, four finds at once.
    Direct,
    /// The item alone by the driver, one find.
    DirectItem,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Fleet, Self::Direct, Self::DirectItem];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Fleet => "GET /item/fetch/{id}: an item with its 3 actions",
            Self::Direct => "direct: the same 4 documents, 4 finds at once",
            Self::DirectItem => "direct: the item alone, 1 find",
        }
    }
}

/// What one way of reading did in one round.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Answers {
    pub(crate) round: usize,
    pub(crate) way: Way,
    pub(crate) concurrency: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// All rounds, of items each with three actions.
pub(crate) fn measure(fleet: &Fleet<'_>) -> Result<Vec<Answers>> {
    let store = Store::start(fleet, "reads")?;
    let shop = Shop::new("reads");
    let mut worker = fleet.programs.worker(&shop.reference, &fleet.broker.uri, &store.uri, DATABASE)?;
    let workers = format!("static:{}", worker.reads);
    let name = "pawnshop-dispatcher";
    let mut dispatcher =
        fleet.programs.dispatcher(name, &shop.reference, &fleet.broker.uri, &workers, &[])?;
    let address = dispatcher.address;
    // Answered once a worker is found: there is no such item yet.
    dispatcher.process.wait_until(START, "the dispatcher reads", || {
        Ok(http::get(address, "/item/fetch/none").is_ok_and(|(status, _)| status == 404))
    })?;
    let items = fleet.world.plan.items;
    let until = Until::Requests(items * 4, PATIENCE);
    load::run(address, Work::Write(Writes::Mix, 0), WRITERS, until, || Ok(()))?;
    worker.process.wait_until_applied(worker.operations, items * 4)?;

    let documents = Documents::open(&store.uri, fleet.runtime.handle())?;
    let mut answers = Vec::new();
    for round in 0..fleet.world.plan.rounds {
        for concurrency in CONCURRENCIES {
            for way in Way::ALL {
                let (per_second, latencies) = match way {
                    Way::Fleet => fetched(fleet, address, concurrency)?,
                    Way::Direct | Way::DirectItem => found(fleet, &documents, way, concurrency)?,
                };
                let (p50_ms, p99_ms) = (load::millis(&latencies, 0.5), load::millis(&latencies, 0.99));
                progress(format_args!(
                    "reads {}/{}: {concurrency:>2} at once, {:<50} {per_second:>6.0}/s, p50 {p50_ms:.2} ms",
                    round + 1,
                    fleet.world.plan.rounds,
                    way.title()
                ));
                answers.push(Answers { round, way, concurrency, per_second, p50_ms, p99_ms });
            }
        }
    }
    drop((dispatcher, worker, store));
    fleet.world.discard("reads")?;
    Ok(answers)
}

type Measured = (f64, Histogram<u64>);

fn fetched(fleet: &Fleet<'_>, address: std::net::SocketAddr, concurrency: usize) -> Result<Measured> {
    let plan = &fleet.world.plan;
    let until = Until::Window { warm_up: plan.warm_up, window: plan.window };
    let work = Work::Read(Reads::Item(plan.items));
    let load = load::run(address, work, concurrency, until, || Ok(()))?;
    Ok((load.per_second(), load.latencies))
}

fn found(fleet: &Fleet<'_>, documents: &Documents, way: Way, concurrency: usize) -> Result<Measured> {
    let plan = fleet.world.plan.clone();
    let begin = Instant::now() + plan.warm_up;
    let end = begin + plan.window;
    let all = Histogram::<u64>::new_with_max(LONGEST, 3)?;
    let tasks: Vec<_> = (0..concurrency as u64)
        .map(|task| {
            let (client, mut latencies) = (documents.client.clone(), all.clone());
            documents.runtime.spawn(async move {
                for turn in 0.. {
                    let started = Instant::now();
                    if started >= end {
                        break;
                    }
                    read(&client, way, &item_id(turn * concurrency as u64 + task, plan.items)).await?;
                    if started >= begin && Instant::now() <= end {
                        let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
                        latencies.saturating_record(nanos);
                    }
                }
                anyhow::Ok(latencies)
            })
        })
        .collect();
    let mut all = all;
    for task in tasks {
        all.add(documents.runtime.block_on(task).context("a direct loop failed")??)?;
    }
    Ok((all.len() as f64 / plan.window.as_secs_f64(), all))
}

/// Reads an item, with its actions or alone, and checks that all of it is there.
async fn read(client: &Client, way: Way, id: &str) -> Result<()> {
    let item = documents::find(client, DATABASE, ITEMS, "_id", id);
    let found = if way == Way::DirectItem {
        vec![item.await?]
    } else {
        let actions = |name| documents::find(client, DATABASE, name, "itemId", id);
        let [buys, sells, pawns] = ACTIONS.map(actions);
        let (item, buys, sells, pawns) = tokio::try_join!(item, buys, sells, pawns)?;
        vec![item, buys, sells, pawns]
    };
    if found.iter().any(|documents| documents.len() != 1) {
        bail!("the item {id} is not there with its actions");
    }
    Ok(())
}
