use crate::cel::{self, rules};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A shop's back end: a dispatcher (the HTTP edge) and pools of workers that its queues feed.
#[derive(CustomResource, JsonSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "pawnshop.dev",
    version = "v1alpha1",
    kind = "PawnShop",
    plural = "pawnshops",
    shortname = "shop",
    category = "all",
    namespaced,
    derive = "PartialEq",
    doc = "A shop's back end: a dispatcher (the HTTP edge) and pools of workers that its queues feed.",
    printcolumn(
        name = "Pools",
        type_ = "string",
        json_path = ".spec.pools[*].name",
        description = "The pools of workers"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct PawnShopSpec {
    /// The broker that holds the shop's queues. Embedded shops (`pawnshop up`) have their own and ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<Broker>,
    /// The store that holds the shop's documents. Embedded shops (`pawnshop up`) have their own and ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<Store>,
    /// The HTTP edge. Embedded shops run exactly one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatcher: Option<Dispatcher>,
    /// Workers, by the flows that they consume. None given: one pool with every flow. A flow is in one pool
    /// at most; at least one pool keeps a worker, so that reads are served.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend(
            "x-kubernetes-list-type" = "map",
            "x-kubernetes-list-map-keys" = ["name"],
            "x-kubernetes-validations" = rules(&cel::POOLS)
        )
    )]
    pub pools: Vec<Pool>,
}

/// Where the shop's queues are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Broker {
    /// The AMQP URI (`amqps://user:password@host/vhost`).
    pub uri: SecretValue,
    /// The URI of the management API, which tells backlogs (`https://user:password@host:15671`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_uri: Option<SecretValue>,
}

/// Where the shop's documents are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// The MongoDB connection string.
    pub uri: SecretValue,
    /// The database; the shop's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub database: Option<String>,
}

/// A value that is kept in a Secret, never in the resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretValue {
    /// The Secret's key that holds the value.
    pub secret_key_ref: SecretKeyRef,
}

/// One key of a Secret in the shop's own namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key within the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

/// The HTTP edge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dispatcher {
    /// How many of them; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000), extend("format" = "int32"))]
    pub replicas: Option<u32>,
}

/// Workers that consume a set of flows and are scaled together.
#[derive(JsonSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
    /// The pool's name, unique in the shop: 1 to 20 characters of a-z, 0-9 and "-", starting with a letter.
    #[schemars(length(min = 1, max = 20), extend("x-kubernetes-validations" = rules(&cel::POOL_NAME)))]
    pub name: String,
    /// The flows that the pool's workers consume.
    #[schemars(
        length(min = 1, max = 32),
        inner(length(min = 1, max = 40)),
        extend("x-kubernetes-list-type" = "set", "x-kubernetes-validations" = rules(&cel::FLOW_NAMES))
    )]
    pub flows: Vec<String>,
    /// How the number of the pool's workers follows its backlog.
    #[serde(default)]
    pub autoscaling: Autoscaling,
    /// Handed to the pool's workers as it is; its keys belong to the flows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "opaque")]
    pub config: BTreeMap<String, serde_json::Value>,
}

/// How many workers: ceil(backlog / backlogPerWorker), between min and max.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules(&cel::AUTOSCALING)))]
pub struct Autoscaling {
    /// The fewest workers; 0 lets the pool sleep while it has no backlog.
    #[serde(default = "default_min")]
    #[schemars(range(min = 0, max = 1000), extend("format" = "int32"))]
    pub min: u32,
    /// The most workers.
    #[serde(default = "default_max")]
    #[schemars(range(min = 1, max = 1000), extend("format" = "int32"))]
    pub max: u32,
    /// The backlog, in events, that one worker is given before another is added.
    #[serde(default = "default_backlog_per_worker")]
    #[schemars(range(min = 1, max = 1_000_000_000), extend("format" = "int32"))]
    pub backlog_per_worker: u32,
    /// Workers are removed only after so many seconds in which fewer would have done; 300 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 3600), extend("format" = "int32"))]
    pub scale_in_stabilization_seconds: Option<u32>,
}

impl Default for Autoscaling {
    fn default() -> Self {
        Self {
            min: default_min(),
            max: default_max(),
            backlog_per_worker: default_backlog_per_worker(),
            scale_in_stabilization_seconds: None,
        }
    }
}

fn default_min() -> u32 {
    1
}

fn default_max() -> u32 {
    10
}

fn default_backlog_per_worker() -> u32 {
    500
}

fn opaque(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true,
        "maxProperties": 64,
    })
}
