//! What a shop's scaler is to do: pure.

use super::backend::Backend;
use super::board::PoolKey;
use super::measure::FlowQueue;
use super::regime::{Regime, bounds};
use crate::build::pool_deployment;
use crate::dereference::AmqpAccess;
use crate::validate::{Validated, WorkerPool};
use pawnshop_resource::{PawnShopStatus, PoolScaling, stock_flows};
use pawnshop_scaling::{Limits, Rule, Surge};
use std::num::NonZeroU32;
use std::time::Duration;

/// The most events in a message of a flow that the operator does not know (decision D8).
const MOST_PER_MESSAGE: u16 = 256;

/// What a shop's scaler is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The pools, in the order of the resource.
    pub pools: Vec<PoolPlan>,
    /// Who scales; `None`: nobody, for now.
    pub backend: Option<Backend>,
    /// What the names of the shop's queues begin with.
    pub queue_prefix: String,
    /// How the queues are looked at directly.
    pub amqp: Option<AmqpAccess>,
    /// What the last status told of each pool, for a scaler that begins.
    pub before: Vec<(String, PoolScaling)>,
}

/// What is to be done for a pool.
#[derive(Clone, Debug)]
pub struct PoolPlan {
    /// Which one.
    pub key: PoolKey,
    /// Its Deployment.
    pub deployment: String,
    /// Its queues.
    pub queues: Vec<FlowQueue>,
    /// Whether its number of workers follows its backlog.
    pub is_scaled: bool,
    /// Within what.
    pub rule: Rule,
    /// How long fewer workers must have done before any is removed, and the last one idled before it is.
    pub stabilisation: Duration,
}

impl Plan {
    /// For this shop.
    pub fn of(
        shop: &Validated,
        regime: &Regime,
        amqp: Option<AmqpAccess>,
        status: Option<&PawnShopStatus>,
    ) -> Self {
        let told = status.iter().flat_map(|status| &status.pools);
        let before = told.filter_map(|pool| Some((pool.name.clone(), pool.scaling.clone()?)));
        Self {
            pools: shop.pools.iter().map(|pool| pool_plan(shop, pool, regime)).collect(),
            backend: regime.backend,
            queue_prefix: format!("{}.", shop.shop),
            amqp,
            before: before.collect(),
        }
    }
}

fn pool_plan(shop: &Validated, pool: &WorkerPool, regime: &Regime) -> PoolPlan {
    let resolved = &pool.pool;
    let bounds = bounds(pool, regime.at);
    let queues = resolved.flows.iter().map(|flow| {
        let known = stock_flows().iter().find(|known| known.name == *flow);
        FlowQueue {
            flow: flow.to_string(),
            queue: format!("{}.{flow}", shop.shop),
            most_per_message: known.map_or(MOST_PER_MESSAGE, |flow| flow.max_events_per_message).into(),
        }
    });
    let surge = resolved
        .surge
        .map(|surge| Surge { workers: surge.workers, per: Duration::from_secs(u64::from(surge.seconds)) });
    PoolPlan {
        key: PoolKey {
            namespace: shop.shop.namespace().to_owned(),
            shop: shop.shop.name().to_owned(),
            pool: resolved.name.clone(),
        },
        deployment: pool_deployment(shop, &resolved.name),
        queues: queues.collect(),
        is_scaled: resolved.autoscaled,
        rule: Rule {
            limits: Limits {
                min: bounds.min,
                max: bounds.max,
                backlog_per_worker: NonZeroU32::new(resolved.backlog_per_worker).unwrap_or(NonZeroU32::MIN),
            },
            schedule: pool.schedules.in_force(regime.at).map(str::to_owned),
            surge,
            paused: regime.paused.holds(&resolved.name),
        },
        stabilisation: resolved.scale_in_stabilization,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::regime::Paused;
    use crate::validate::validate;
    use serde_json::json;

    #[test]
    fn the_schedule_that_the_limits_are_of_is_named() {
        let secret = |name: &str| json!({"uri": {"secretKeyRef": {"name": name, "key": "uri"}}});
        let schedule = json!({"start": "0 8 * * *", "end": "0 18 * * *", "timeZone": "UTC", "min": 3});
        let shop = json!({
            "apiVersion": "pawnshop.dev/v1alpha1",
            "kind": "PawnShop",
            "metadata": {"name": "town", "namespace": "shops", "uid": "u"},
            "spec": {"broker": secret("rabbit"), "store": secret("mongo"), "pools": [
                {"name": "items", "flows": ["item"], "autoscaling": {"min": 1, "max": 5, "schedules": [schedule]}},
            ]},
        });
        let shop = validate(&serde_json::from_value(shop).unwrap()).unwrap();
        let rule = |at: &str| {
            let regime = Regime { backend: None, paused: Paused::None, at: at.parse().unwrap() };
            Plan::of(&shop, &regime, None, None).pools.remove(0).rule
        };
        let (day, night) = (rule("2026-11-25T12:00:00Z"), rule("2026-11-25T22:00:00Z"));
        assert_eq!((day.limits.min, day.schedule.as_deref()), (3, Some("0 8 * * * to 0 18 * * * UTC")));
        assert_eq!((night.limits.min, night.schedule), (1, None));
    }
}
