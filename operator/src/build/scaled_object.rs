//! How KEDA is told to scale a pool.

use super::labels::{self, Component};
use super::metadata::metadata;
use super::{Child, foreign_child, names};
use crate::kind::Kind;
use crate::scaling::regime::{Regime, bounds};
use crate::validate::{Validated, WorkerPool};
use pawnshop_resource::Surge;
use serde_json::json;
use std::time::Duration;

/// In a trigger's metadata: the shop, in the namespace of the ScaledObject.
pub const SHOP: &str = "shop";

/// In a trigger's metadata: the pool of that shop.
pub const POOL: &str = "pool";

/// In a trigger's metadata: the events that one worker is given before another is added.
pub const BACKLOG_PER_WORKER: &str = "backlogPerWorker";

/// By which KEDA holds what is there.
const PAUSED: &str = "autoscaling.keda.sh/paused";

/// How often KEDA asks whether the pool sleeps or wakes: an answer from memory, which is a second old at most of a pool
/// that sleeps, so that it is awake in 3 s.
const POLLING_SECONDS: u64 = 2;

/// KEDA takes a pool to zero from any number of workers, past its HPA. That much after the HPA's own window it finds
/// what the HPA left, which is one: two of the HPA controller's usual periods.
const AFTER_SCALE_IN: Duration = Duration::from_secs(30);

/// The period of the policies below, in seconds: that in which an HPA is usually looked at.
pub(super) const PERIOD_SECONDS: u32 = 15;

/// Tells KEDA to scale the workers of a pool by what the operator serves of it at `scaler_address` (`host:port`): one
/// trigger, and no `fallback`, which would hide from everybody that the backlog is unknown (decision K7).
pub fn of(shop: &Validated, pool: &WorkerPool, regime: &Regime, scaler_address: &str) -> Child {
    let bounds = bounds(pool, regime.at);
    let pool = &pool.pool;
    let component = Component::Worker { pool: &pool.name };
    let name = names::component(shop, component);
    let mut labels = labels::of_component(shop, component.name());
    labels.extend(component.selector(shop.shop.name()));
    let window = pool.scale_in_stabilization;
    let surge = pool.surge.unwrap_or(Surge { workers: bounds.max, seconds: PERIOD_SECONDS });
    let idle = (window + AFTER_SCALE_IN).as_secs();
    let spec = json!({
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicaCount": bounds.min,
        "maxReplicaCount": bounds.max,
        "pollingInterval": POLLING_SECONDS,
        // A pool that KEDA has only just taken over has been idle for no time.
        "initialCooldownPeriod": idle,
        "cooldownPeriod": idle,
        "advanced": {
            // Whoever scales next goes on from what is there.
            "restoreToOriginalReplicaCount": false,
            "horizontalPodAutoscalerConfig": {"behavior": {
                "scaleUp": {
                    "stabilizationWindowSeconds": 0,
                    "selectPolicy": "Max",
                    "policies": [{"type": "Pods", "value": surge.workers, "periodSeconds": surge.seconds}],
                },
                "scaleDown": {
                    "stabilizationWindowSeconds": window.as_secs(),
                    "selectPolicy": "Max",
                    "policies": [{"type": "Percent", "value": 100, "periodSeconds": PERIOD_SECONDS}],
                },
            }},
        },
        "triggers": [{
            "type": "external",
            "metadata": {
                "scalerAddress": scaler_address,
                SHOP: shop.shop.name(),
                POOL: pool.name,
                BACKLOG_PER_WORKER: pool.backlog_per_worker.to_string(),
            },
        }],
    });
    let mut metadata = metadata(shop, name, labels);
    if regime.paused.holds(&pool.name) {
        metadata.annotations = Some(labels::map([(PAUSED, "true")]));
    }
    foreign_child(Kind::ScaledObject.resource(), &metadata, spec)
}
