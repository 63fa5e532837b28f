use super::labels::{COMPONENT, POOL, SHOP};
use super::metadata::metadata;
use super::{Child, foreign_child, labels};
use crate::validate::Validated;
use kube::core::{ApiResource, GroupVersionKind};
use pawnshop_resource::ServiceMonitor;
use serde_json::json;

/// Whether the shop wants one, where the cluster has the kind.
pub(crate) fn is_wanted(shop: &Validated) -> bool {
    shop.monitoring.service_monitor != ServiceMonitor::Disabled
}

/// Tells Prometheus to read the metrics of every pod, by the operations Service.
pub(super) fn service_monitor(shop: &Validated) -> Child {
    let name = shop.shop.name().to_owned();
    let mut labels = shop.monitoring.labels.clone();
    labels.extend(labels::of_component(shop, "operations"));
    let spec = json!({
        "selector": {"matchLabels": labels::all_of(shop, "operations")},
        "endpoints": [{"port": "operations", "path": "/metrics"}],
        "podTargetLabels": [SHOP, POOL, COMPONENT],
    });
    let resource =
        ApiResource::from_gvk(&GroupVersionKind::gvk("monitoring.coreos.com", "v1", "ServiceMonitor"));
    foreign_child(resource, &metadata(shop, name, labels), spec)
}
