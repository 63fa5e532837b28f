use super::schema::labels;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the shop's metrics are found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Monitoring {
    /// Whether a ServiceMonitor (Prometheus Operator) is made.
    #[serde(default)]
    pub service_monitor: ServiceMonitor,
    /// Labels of the ServiceMonitor, for the Prometheus that selects by them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "labels")]
    pub labels: BTreeMap<String, String>,
}

/// Whether a ServiceMonitor is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ServiceMonitor {
    /// Where the cluster has that kind.
    #[default]
    Auto,
    /// Yes; a cluster without that kind is a condition.
    Enabled,
    /// No.
    Disabled,
}
