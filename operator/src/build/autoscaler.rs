use super::labels::Component;
use super::metadata::metadata;
use super::{labels, names};
use crate::validate::Validated;
use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricSource, CrossVersionObjectReference, HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
};
use pawnshop_resource::CpuAutoscaling;

/// As many dispatchers as keep their processors about so busy.
pub(super) fn dispatcher(shop: &Validated, autoscaling: &CpuAutoscaling) -> HorizontalPodAutoscaler {
    let name = names::dispatcher(shop);
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    HorizontalPodAutoscaler {
        metadata: metadata(shop, name.clone(), labels::of_component(shop, "dispatcher")),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".to_owned()),
                kind: "Deployment".to_owned(),
                name,
            },
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
