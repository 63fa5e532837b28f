use super::schema::{Opaque, opaque_list};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may reach the shop's pods, and whom they may reach.
///
/// By default anybody may reach the dispatcher's API, only the shop's dispatchers its workers, and only the operator's
/// namespace the probes and metrics; the pods may reach anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicySpec {
    /// Whether NetworkPolicies are made.
    #[serde(default = "default_enabled")]
    pub enabled: bool,
    /// Who else may read metrics, as NetworkPolicyPeers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "opaque_list")]
    pub metrics_from: Vec<Opaque>,
    /// Who may reach the API, as NetworkPolicyPeers; anybody when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "opaque_list")]
    pub dispatcher_from: Vec<Opaque>,
    /// What workers may reach, as NetworkPolicyEgressRules; anything when empty. Name resolution, broker and store must
    /// be among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "opaque_list")]
    pub worker_egress: Vec<Opaque>,
    /// What dispatchers may reach, as NetworkPolicyEgressRules; anything when empty. Name resolution, broker, the
    /// Kubernetes API and the shop's workers must be among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "opaque_list")]
    pub dispatcher_egress: Vec<Opaque>,
}

impl Default for NetworkPolicySpec {
    fn default() -> Self {
        Self {
            enabled: default_enabled(),
            metrics_from: Vec::new(),
            dispatcher_from: Vec::new(),
            worker_egress: Vec::new(),
            dispatcher_egress: Vec::new(),
        }
    }
}

fn default_enabled() -> bool {
    true
}
