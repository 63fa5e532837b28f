use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who scales the pools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scaling {
    /// What reads the backlog and writes the number of workers.
    #[serde(default)]
    pub backend: ScalingBackend,
}

/// What reads the backlog and writes the number of workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScalingBackend {
    /// The best that the cluster has: ExternalMetrics, else Keda, else Builtin.
    #[default]
    Auto,
    /// HorizontalPodAutoscalers, with the backlog as a metric that the operator serves.
    ExternalMetrics,
    /// KEDA, with the operator as its external scaler.
    Keda,
    /// The operator itself.
    Builtin,
}
