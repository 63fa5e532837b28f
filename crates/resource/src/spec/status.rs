use super::schema::{conditions, date_time, figures};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the shop is, as the operator last found it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PawnShopStatus {
    /// The generation of the shop that this was found with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,
    /// What holds and what does not: Ready, Progressing, Degraded, BrokerReachable, StoreReachable, ScalingActive,
    /// ReadsUninterrupted, FlowsServed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions")]
    pub conditions: Vec<Condition>,
    /// Workers that are ready, of those wanted, in all pools: `3/4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub workers: Option<String>,
    /// Events that wait or are being worked on, in all pools, to two significant digits; or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub backlog: Option<String>,
    /// The dispatchers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatcher: Option<ReplicaStatus>,
    /// The pools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub pools: Vec<PoolStatus>,
}

/// How many pods there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaStatus {
    /// How many there are.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub replicas: u32,
    /// How many of them are ready.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub ready: u32,
    /// The label selector that finds them.
    #[schemars(length(max = 1024))]
    pub selector: String,
}

/// How a pool is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolStatus {
    /// Its name.
    #[schemars(length(max = 20))]
    pub name: String,
    /// How many workers there are.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub replicas: u32,
    /// How many of them are ready.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub ready: u32,
    /// Events that wait or are being worked on, to two significant digits; absent when unknown, which is never zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub backlog: Option<i64>,
    /// Why the backlog is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub backlog_unknown: Option<String>,
    /// The flows that its workers consume.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        inner(length(max = 40)),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub flows: Vec<String>,
    /// How it is scaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<PoolScaling>,
}

/// How a pool is scaled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolScaling {
    /// Who scales it: ExternalMetrics, Keda or Builtin; Fixed where the resource says how many workers there are.
    #[schemars(length(max = 32))]
    pub backend: String,
    /// The fewest workers, by the resource and its schedules.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub min: u32,
    /// The most workers, by the resource and its schedules.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub max: u32,
    /// Workers that have held the same batch for longer than 10 s, and those that could not be asked; absent where there
    /// are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub busy: Option<u32>,
    /// The mean bytes of an event of each flow, to two significant digits, by which a backlog is told from the bytes in
    /// a queue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "figures")]
    pub event_bytes: BTreeMap<String, u32>,
    /// The last changes of the number of workers, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub changes: Vec<ScaleChange>,
}

/// A change of the number of workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScaleChange {
    /// When.
    #[schemars(schema_with = "date_time")]
    pub at: Time,
    /// How many there were to be.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub from: u32,
    /// How many there are to be since.
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub to: u32,
    /// Why, in one word for machines.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// Why, with the figures.
    #[schemars(length(max = 512))]
    pub message: String,
}
