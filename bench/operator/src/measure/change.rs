use crate::shop;
use crate::world::World;
use anyhow::{Context, Result};
use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, ListParams, Patch, PatchParams, WatchEvent, WatchParams};
use pawnshop_resource::PawnShop;
use rand::RngExt;
use serde::Serialize;
use serde_json::json;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long one change may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// One shop of many is changed, again and again, another each time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Changes {
    /// How long each took, from before the request that changed the shop until a watch told that the Deployment is
    /// another; shortest first.
    pub(crate) milliseconds: Vec<f64>,
}

impl Changes {
    /// The time that this part of them took at most.
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let place = (part * self.milliseconds.len() as f64).ceil() as usize;
        self.milliseconds.get(place.saturating_sub(1)).copied().unwrap_or_default()
    }
}

pub(crate) async fn measure(world: &World, shops: usize, changes: usize) -> Result<Changes> {
    let mut milliseconds = Vec::with_capacity(changes);
    for round in 0..changes {
        let number = rand::rng().random_range(0..shops);
        let taken = timeout(PATIENCE, change(world, number, &format!("example.com/pawnshop:{round}"))).await;
        let taken = taken.with_context(|| format!("{} is not changed", shop::name(number)))??;
        milliseconds.push(taken.as_secs_f64() * 1000.0);
    }
    milliseconds.sort_by(f64::total_cmp);
    Ok(Changes { milliseconds })
}

async fn change(world: &World, number: usize, image: &str) -> Result<Duration> {
    let (namespace, name) = (shop::namespace(number), shop::name(number));
    let deployments = Api::<Deployment>::namespaced(world.client.clone(), &namespace);
    let child = format!("{name}-items");
    let only = format!("metadata.name={child}");
    // From now on: the version of the object itself may be older than any that a watch can begin at.
    let now = deployments.list_metadata(&ListParams::default().fields(&only)).await?.metadata;
    let only = WatchParams::default().fields(&only);
    let mut events = pin!(deployments.watch(&only, &now.resource_version.unwrap_or_default()).await?);
    let shops = Api::<PawnShop>::namespaced(world.client.clone(), &namespace);
    let patch = json!({"spec": {"image": image}});
    let begun = Instant::now();
    shops.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await?;
    while let Some(event) = events.next().await {
        if let WatchEvent::Modified(deployment) = event?
            && is_of(&deployment, image)
        {
            return Ok(begun.elapsed());
        }
    }
    anyhow::bail!("the watch on {child} has ended")
}

fn is_of(deployment: &Deployment, image: &str) -> bool {
    let pod = deployment.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    pod.is_some_and(|pod| pod.containers.iter().any(|container| container.image.as_deref() == Some(image)))
}

#[cfg(test)]
mod tests {
    use super::Changes;

    #[test]
    fn a_percentile_is_the_time_that_so_many_took_at_most() {
        let changes = Changes { milliseconds: (1..=100).map(f64::from).collect() };
        assert_eq!((changes.percentile(0.5), changes.percentile(0.99)), (50.0, 99.0));
        assert_eq!(Changes { milliseconds: vec![7.0] }.percentile(0.99), 7.0);
    }
}
