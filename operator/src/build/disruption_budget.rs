use super::labels::{self, Component};
use super::metadata::metadata;
use super::names;
use crate::validate::Validated;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// One pod at a time may be evicted, and pods that do not work never hold up a node's drain (decision K12).
pub(super) fn disruption_budget(shop: &Validated, component: Component<'_>) -> PodDisruptionBudget {
    let mut labels = labels::of_component(shop, component.name());
    labels.extend(component.selector(shop.shop.name()));
    PodDisruptionBudget {
        metadata: metadata(shop, names::component(shop, component), labels),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(labels::pods_of(shop, component)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
            ..PodDisruptionBudgetSpec::default()
        }),
        ..PodDisruptionBudget::default()
    }
}
