//! One size, from an empty cluster to the last change.

mod change;
mod converge;
mod rest;
mod restart;

use crate::operator::Operator;
use crate::options::Options;
use crate::peer;
use crate::world::World;
use anyhow::{Context, Result};
use kube::api::Api;
use pawnshop_resource::PawnShop;
use pawnshop_servers::Rabbit;
use serde::Serialize;
use std::path::Path;

/// What was measured with so many shops.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) shops: usize,
    pub(crate) converge: converge::Converge,
    pub(crate) rest: rest::Rest,
    pub(crate) changes: change::Changes,
    pub(crate) restart: restart::Restart,
    /// The bare loop's shops a second.
    pub(crate) peer_shops_per_second: f64,
}

impl Round {
    /// Shops a second by the bare loop's.
    pub(crate) fn ratio(&self) -> f64 {
        self.shops as f64 / self.converge.from_first_seconds / self.peer_shops_per_second
    }
}

pub(crate) async fn measure(
    options: &Options,
    program: &Path,
    broker: &Rabbit,
    shops: usize,
) -> Result<Round> {
    let world = World::new(shops).await?;
    world.make_secrets(shops, broker).await?;
    let mut operator = Operator::start(&world, program, options.concurrency).await?;
    let converge = converge::measure(&world, &mut operator, shops).await.context("converge")?;
    tell(&format!("converged {:.1} s after the first", converge.from_first_seconds));
    let rest = rest::measure(&world, &mut operator, options.rest()).await.context("rest")?;
    let changes = change::measure(&world, shops, options.changes).await.context("change")?;
    let restart =
        restart::measure(&world, operator, program, options.concurrency, shops).await.context("restart")?;
    let status = status(&world).await?;
    // Its cluster goes before the peer's comes.
    drop(world);
    tell("the bare loop");
    let peer_shops_per_second = peer::shops_per_second(shops.min(options.peer), options.concurrency, &status)
        .await
        .context("the bare loop")?;
    Ok(Round { shops, converge, rest, changes, restart, peer_shops_per_second })
}

/// A status as the operator wrote it.
async fn status(world: &World) -> Result<serde_json::Value> {
    let shops = Api::<PawnShop>::namespaced(world.client.clone(), &crate::shop::namespace(0));
    let shop = shops.get(&crate::shop::name(0)).await?;
    Ok(serde_json::to_value(shop.status)?)
}

pub(crate) fn tell(what: &str) {
    eprintln!("bench-operator:   {what}");
}
