use super::autoscaling::Autoscaling;
use super::schema::{Opaque, opaque};
use super::workload::Workload;
use crate::rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Workers that consume a set of flows and are scaled together.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::SIZE)))]
pub struct Pool {
    /// The pool's name, unique in the shop: 1 to 20 characters of a-z, 0-9 and "-", starting with a letter.
    #[schemars(length(min = 1, max = 20), extend("x-kubernetes-validations" = rules::in_schema(&rules::POOL_NAME)))]
    pub name: String,
    /// The flows that the pool's workers consume.
    #[schemars(
        length(min = 1, max = 32),
        inner(length(min = 1, max = 40)),
        extend("x-kubernetes-list-type" = "set", "x-kubernetes-validations" = rules::in_schema(&rules::FLOW_NAMES))
    )]
    pub flows: Vec<String>,
    /// How many workers, whatever the backlog; in place of autoscaling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000), extend("format" = "int32"))]
    pub replicas: Option<u32>,
    /// How the number of the pool's workers follows its backlog; all its defaults when neither this nor replicas is
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// A worker image of your own, whose flows the stock image need not know; the shop's image when absent. Embedded
    /// shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), extend("x-kubernetes-validations" = rules::in_schema(&rules::IMAGE)))]
    pub image: Option<String>,
    /// How many batches a worker handles side by side; 2 when absent, 1 where a flow's events are handled each alone
    /// (`presence`). Embedded shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64), extend("format" = "int32"))]
    pub concurrency: Option<u32>,
    /// The most events in a batch; 500 when absent. Embedded shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000), extend("format" = "int32"))]
    pub batch: Option<u32>,
    /// How many messages a consumer holds; follows the batch when absent. Embedded shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535), extend("format" = "int32"))]
    pub prefetch: Option<u32>,
    /// Handed to the pool's workers as it is; its keys belong to the flows.
    #[serde(default, skip_serializing_if = "Opaque::is_empty")]
    #[schemars(schema_with = "opaque")]
    pub config: Opaque,
    /// The workers' pods.
    #[serde(flatten)]
    pub workload: Workload,
}
