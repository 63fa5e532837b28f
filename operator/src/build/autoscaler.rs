use super::labels::{Component, POOL, SHOP, map, matching};
use super::metadata::metadata;
use super::scaled_object::PERIOD_SECONDS;
use super::{labels, names};
use crate::scaling::regime::{Regime, bounds};
use crate::validate::{Validated, WorkerPool};
use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricSource, CrossVersionObjectReference, ExternalMetricSource, HPAScalingPolicy,
    HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerSpec,
    MetricIdentifier, MetricSpec, MetricTarget,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use pawnshop_resource::{CpuAutoscaling, Surge};

/// The metric that a pool is scaled by, in events.
const BACKLOG_METRIC: &str = "pawnshop_backlog";

/// As many workers as the pool's backlog asks for. Between 0 and 1 the operator decides: an HPA does nothing about a
/// Deployment that is scaled to 0, and its own minimum is 1 or more (decision K3).
pub(super) fn workers(shop: &Validated, pool: &WorkerPool, regime: &Regime) -> HorizontalPodAutoscaler {
    let resolved = &pool.pool;
    let component = Component::Worker { pool: &resolved.name };
    let name = names::component(shop, component);
    let bounds = bounds(pool, regime.at);
    let (min, max) = (bounds.min.max(1), bounds.max.max(1));
    let selector = map([(SHOP, shop.shop.name()), (POOL, &resolved.name)]);
    let mut labels = labels::of_component(shop, component.name());
    labels.extend(component.selector(shop.shop.name()));
    let paused = regime.paused.holds(&resolved.name);
    let window = u32::try_from(resolved.scale_in_stabilization.as_secs()).unwrap_or(u32::MAX);
    let surge = resolved.surge.unwrap_or(Surge { workers: max, seconds: PERIOD_SECONDS });
    HorizontalPodAutoscaler {
        metadata: metadata(shop, name.clone(), labels),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: deployment(name),
            min_replicas: Some(number(min)),
            max_replicas: number(max),
            metrics: Some(vec![MetricSpec {
                type_: "External".to_owned(),
                external: Some(ExternalMetricSource {
                    metric: MetricIdentifier {
                        name: BACKLOG_METRIC.to_owned(),
                        selector: Some(matching(selector)),
                    },
                    target: MetricTarget {
                        type_: "AverageValue".to_owned(),
                        average_value: Some(Quantity(resolved.backlog_per_worker.to_string())),
                        ..MetricTarget::default()
                    },
                }),
                ..MetricSpec::default()
            }]),
            behavior: Some(HorizontalPodAutoscalerBehavior {
                scale_up: Some(rules(0, policy("Pods", surge.workers, surge.seconds), paused)),
                scale_down: Some(rules(window, policy("Percent", 100, PERIOD_SECONDS), paused)),
            }),
        }),
        ..HorizontalPodAutoscaler::default()
    }
}

fn rules(window: u32, policy: HPAScalingPolicy, paused: bool) -> HPAScalingRules {
    HPAScalingRules {
        policies: Some(vec![policy]),
        select_policy: Some(if paused { "Disabled" } else { "Max" }.to_owned()),
        stabilization_window_seconds: Some(number(window)),
        ..HPAScalingRules::default()
    }
}

fn policy(of: &str, value: u32, seconds: u32) -> HPAScalingPolicy {
    HPAScalingPolicy { type_: of.to_owned(), value: number(value), period_seconds: number(seconds) }
}

fn deployment(name: String) -> CrossVersionObjectReference {
    CrossVersionObjectReference {
        api_version: Some("apps/v1".to_owned()),
        kind: "Deployment".to_owned(),
        name,
    }
}

fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// As many dispatchers as keep their processors about so busy.
pub(super) fn dispatcher(shop: &Validated, autoscaling: &CpuAutoscaling) -> HorizontalPodAutoscaler {
    let name = names::dispatcher(shop);
    HorizontalPodAutoscaler {
        metadata: metadata(shop, name.clone(), labels::of_component(shop, "dispatcher")),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: deployment(name),
            min_replicas: Some(number(autoscaling.min)),
            max_replicas: number(autoscaling.max),
            metrics: Some(vec![MetricSpec {
                // Of the dispatcher's own container: a sidecar without a request would leave the pod's use unknown.
                type_: "ContainerResource".to_owned(),
                container_resource: Some(ContainerResourceMetricSource {
                    container: Component::Dispatcher.name().to_owned(),
                    name: "cpu".to_owned(),
                    target: MetricTarget {
                        type_: "Utilization".to_owned(),
                        average_utilization: Some(number(autoscaling.cpu_percent)),
                        ..MetricTarget::default()
                    },
                }),
                ..MetricSpec::default()
            }]),
            ..HorizontalPodAutoscalerSpec::default()
        }),
        ..HorizontalPodAutoscaler::default()
    }
}
