//! The limit: a loop that knows beforehand what to apply, reads nothing, watches nothing, and is done.

use crate::shop;
use crate::world::World;
use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::autoscaling::v1::{Scale, ScaleSpec};
use kube::ResourceExt;
use kube::api::{Api, DynamicObject, ObjectMeta, Patch, PatchParams, PostParams};
use pawnshop_operator::apply::MANAGER;
use pawnshop_operator::build::Child;
use pawnshop_resource::PawnShop;
use serde_json::{Value, json};
use std::time::Instant;

/// Shops a second: the very objects that the operator makes, by as many connections as it works on shops, each with one
/// request, and each shop's status once.
pub(crate) async fn shops_per_second(shops: usize, connections: usize, status: &Value) -> Result<f64> {
    let world = World::new(shops).await?;
    world.make_shops(shops).await?;
    // Building them is not measured either.
    let all: Vec<_> =
        (0..shops).map(|number| Ok((number, shop::children(number)?))).collect::<Result<_>>()?;
    let begun = Instant::now();
    let applied = stream::iter(all).map(|(number, children)| {
        let world = &world;
        async move {
            for child in &children {
                apply(world, number, child).await?;
            }
            tell(world, number, status).await
        }
    });
    applied.buffer_unordered(connections).try_collect::<()>().await?;
    Ok(shops as f64 / begun.elapsed().as_secs_f64())
}

async fn apply(world: &World, number: usize, child: &Child) -> Result<()> {
    let namespace = shop::namespace(number);
    let api = Api::<DynamicObject>::namespaced_with(world.client.clone(), &namespace, &child.resource);
    let name = child.object["metadata"]["name"].as_str().unwrap_or_default();
    let parameters = PatchParams::apply(MANAGER).force().validation_strict();
    let made = api.patch(name, &parameters, &Patch::Apply(&child.object)).await?;
    if let Some(replicas) = child.initial_replicas.filter(|replicas| *replicas != 1) {
        let metadata = ObjectMeta {
            name: Some(name.to_owned()),
            namespace: made.namespace(),
            resource_version: made.resource_version(),
            ..ObjectMeta::default()
        };
        let scale = Scale { metadata, spec: Some(ScaleSpec { replicas: Some(replicas) }), status: None };
        api.replace_scale(name, &PostParams::default(), &scale).await?;
    }
    Ok(())
}

async fn tell(world: &World, number: usize, status: &Value) -> Result<()> {
    let api = Api::<PawnShop>::namespaced(world.client.clone(), &shop::namespace(number));
    let name = shop::name(number);
    let told = json!({
        "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": {"name": name}, "status": status,
    });
    api.patch_status(&name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(told)).await?;
    Ok(())
}
