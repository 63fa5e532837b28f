use super::{
    Broker, Dispatcher, LocalRef, Monitoring, NetworkPolicySpec, PawnShopStatus, Pool, Scaling, Store,
};
use crate::rules;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A shop's back end: a dispatcher (the HTTP edge) and pools of workers that its queues feed.
#[allow(clippy::duplicated_attributes, reason = "columns of the same type are no repetition")]
#[derive(CustomResource, JsonSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    status = "PawnShopStatus",
    scale(
        spec_replicas_path = ".spec.dispatcher.replicas",
        status_replicas_path = ".status.dispatcher.replicas",
        label_selector_path = ".status.dispatcher.selector"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        description = "Whether the shop serves"
    ),
    printcolumn(
        name = "Workers",
        type_ = "string",
        json_path = ".status.workers",
        description = "Workers that are ready, of those wanted"
    ),
    printcolumn(
        name = "Backlog",
        type_ = "string",
        json_path = ".status.backlog",
        description = "Events that wait or are being worked on"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::SPEC)))]
pub struct PawnShopSpec {
    /// The image of dispatcher and workers; the operator's own release when absent. Embedded shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), extend("x-kubernetes-validations" = rules::in_schema(&rules::IMAGE)))]
    pub image: Option<String>,
    /// When nodes pull images; Kubernetes' own default when absent: Always for the tag latest, else IfNotPresent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_pull_policy: Option<PullPolicy>,
    /// The Secrets with which nodes pull images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub image_pull_secrets: Vec<LocalRef>,
    /// The broker that holds the shop's queues. In Kubernetes a shop without one is not ready; embedded shops
    /// (`pawnshop up`) have their own and ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<Broker>,
    /// The store that holds the shop's documents. In Kubernetes a shop without one is not ready; embedded shops
    /// (`pawnshop up`) have their own and ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<Store>,
    /// The HTTP edge. Embedded shops run exactly one and ignore this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatcher: Option<Dispatcher>,
    /// Workers, by the flows that they consume. None given: one pool with every flow that needs no config. A flow is
    /// in one pool at most; at least one pool keeps a worker, so that reads are served.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        extend(
            "x-kubernetes-list-type" = "map",
            "x-kubernetes-list-map-keys" = ["name"],
            "x-kubernetes-validations" = rules::in_schema(&rules::POOLS)
        )
    )]
    pub pools: Vec<Pool>,
    /// The delays of an event that fails, in the order in which it waits for them; after the last it is a dead letter.
    /// 1s, 10s, 60s and 10min when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(min = 1, max = 16),
        inner(length(min = 1, max = 16)),
        extend("x-kubernetes-validations" = rules::in_schema(&rules::RETRY_DELAYS))
    )]
    pub retry_delays: Vec<String>,
    /// How long outcomes and dead letters are kept, such as `72h` or `30d`; 30d when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-validations" = rules::in_schema(&rules::RETENTION)))]
    pub outcome_retention: Option<String>,
    /// Who may reach the shop's pods, and whom they may reach. Embedded shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_policy: Option<NetworkPolicySpec>,
    /// How the shop's metrics are found. Embedded shops ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<Monitoring>,
    /// Who scales the pools. Embedded shops scale by themselves and ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
}

/// When nodes pull an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PullPolicy {
    /// Before each start of a container.
    Always,
    /// When the node has none.
    IfNotPresent,
    /// Never; the node must have it.
    Never,
}
