use super::{cpu_micros, sample};
use crate::load::{self, Reads, Until, Work};
use crate::plan::READERS;
use crate::shop::Shop;
use crate::world::{World, progress};
use anyhow::Result;
use serde::Serialize;

/// Reads of a shop full of items, and the probe that reads nothing as what HTTP alone can do here.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) health: Answers,
    pub(crate) item: Answers,
    pub(crate) category: Answers,
}

/// What one kind of read did.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Answers {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) shop_cpu_micros: f64,
    pub(crate) generator_cpu_micros: f64,
}

/// All rounds, on a shop that has applied the plan's events.
pub(crate) fn measure(world: &World, shop: &Shop) -> Result<Vec<Round>> {
    let items = world.plan.events / 4;
    let read = |reads| answers(world, shop, reads);
    let mut rounds = Vec::new();
    for number in 1..=world.plan.rounds {
        let round = Round {
            health: read(Reads::Health)?,
            item: read(Reads::Item(items))?,
            category: read(Reads::Category)?,
        };
        progress(format_args!(
            "reads {number}/{}: probe {:.0}/s, item {:.0}/s, page {:.0}/s",
            world.plan.rounds, round.health.per_second, round.item.per_second, round.category.per_second
        ));
        rounds.push(round);
    }
    Ok(rounds)
}

fn answers(world: &World, shop: &Shop, reads: Reads) -> Result<Answers> {
    let until = Until::Window { warm_up: world.plan.warm_up, window: world.plan.window };
    let load = load::run(shop.address, Work::Read(reads), READERS, until, sample(shop))?;
    let (shop_cpu_micros, generator_cpu_micros) = cpu_micros(&load);
    Ok(Answers {
        per_second: load.per_second(),
        p50_ms: load.millis(0.5),
        p99_ms: load.millis(0.99),
        shop_cpu_micros,
        generator_cpu_micros,
    })
}
