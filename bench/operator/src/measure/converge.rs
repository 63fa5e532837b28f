use crate::measure::tell;
use crate::operator::Operator;
use crate::shop;
use crate::watch::Watch;
use crate::world::World;
use anyhow::{Result, ensure};
use kube::api::{Api, DynamicObject, ListParams};
use serde::Serialize;
use std::time::Instant;

/// How many objects a list shows at once.
const PAGE: u32 = 500;

/// From no shop to all of them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Converge {
    /// Objects of ours, all shops together.
    pub(crate) objects: usize,
    /// How long it took to make the shops.
    pub(crate) making_seconds: f64,
    /// Until all objects were there and every status told so, since the first shop was made.
    pub(crate) from_first_seconds: f64,
    /// The same, since the last was.
    pub(crate) from_last_seconds: f64,
    pub(crate) reconciles: f64,
    pub(crate) reads: f64,
    pub(crate) writes: f64,
    pub(crate) cpu_seconds: f64,
    /// Until every shop was ready, since the last Deployment said that its pods are.
    pub(crate) ready_seconds: f64,
    /// Reconciliations that failed.
    pub(crate) errors: f64,
}

pub(crate) async fn measure(world: &World, operator: &mut Operator, shops: usize) -> Result<Converge> {
    operator.until(|counts| counts.leads > 0.0).await?;
    let mut watch = Watch::begin(world.client.clone());
    let (before, cpu) = (operator.counts().await?, operator.cpu_seconds()?);
    let (first, last) = world.make_shops(shops).await?;
    tell(&format!("made in {:.1} s", (last - first).as_secs_f64()));
    let applied = watch.until(|progress| progress.applied >= shops).await?;
    let (after, cpu) = (operator.counts().await?, operator.cpu_seconds()? - cpu);
    let objects = count(world, shops).await?;

    let told = world.make_ready().await?;
    tell("every Deployment says that its pods are ready");
    let ready = watch.until(|progress| progress.ready >= shops).await?;
    Ok(Converge {
        objects,
        making_seconds: (last - first).as_secs_f64(),
        from_first_seconds: (applied - first).as_secs_f64(),
        from_last_seconds: since(applied, last),
        reconciles: after.reconciles - before.reconciles,
        reads: after.reads - before.reads,
        writes: after.writes - before.writes,
        cpu_seconds: cpu,
        ready_seconds: since(ready, told),
        errors: operator.counts().await?.errors,
    })
}

/// 0 where it was before.
fn since(later: Instant, earlier: Instant) -> f64 {
    later.saturating_duration_since(earlier).as_secs_f64()
}

/// Counts the objects of every kind: a status is not believed.
async fn count(world: &World, shops: usize) -> Result<usize> {
    let mut all = 0;
    for (kind, of_a_shop) in shop::kinds()? {
        let api = Api::<DynamicObject>::all_with(world.client.clone(), &kind.resource());
        let mut parameters =
            ListParams::default().labels("app.kubernetes.io/managed-by=pawnshop-operator").limit(PAGE);
        let mut found = 0;
        loop {
            let page = api.list_metadata(&parameters).await?;
            found += page.items.len();
            match page.metadata.continue_.filter(|next| !next.is_empty()) {
                Some(next) => parameters.continue_token = Some(next),
                None => break,
            }
        }
        ensure!(
            found == shops * of_a_shop,
            "{found} objects of kind {kind}, where there should be {}",
            shops * of_a_shop
        );
        all += found;
    }
    Ok(all)
}
