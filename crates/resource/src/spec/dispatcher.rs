use super::schema::annotations;
use super::workload::Workload;
use crate::rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The HTTP edge: takes requests, puts events on the queues, and asks workers for reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::SIZE)))]
pub struct Dispatcher {
    /// How many of them; 1 when neither this nor autoscaling is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000), extend("format" = "int32"))]
    pub replicas: Option<u32>,
    /// How their number follows the work they do, in place of replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<CpuAutoscaling>,
    /// The Service that has the API; a ClusterIP on port 80 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceSpec>,
    /// An Ingress to the API; none is made when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress: Option<Ingress>,
    /// An HTTPRoute (Gateway API) to the API; none is made when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_route: Option<HttpRoute>,
    /// Its pods.
    #[serde(flatten)]
    pub workload: Workload,
}

/// As many as keep the processors about so busy, between min and max.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::MIN_MAX)))]
pub struct CpuAutoscaling {
    /// The fewest.
    #[serde(default = "default_min")]
    #[schemars(range(min = 1, max = 1000), extend("format" = "int32"))]
    pub min: u32,
    /// The most.
    #[serde(default = "default_max")]
    #[schemars(range(min = 1, max = 1000), extend("format" = "int32"))]
    pub max: u32,
    /// The use of processor time to keep to on average, in percent of what the pods request.
    #[serde(default = "default_cpu_percent")]
    #[schemars(range(min = 1, max = 1000), extend("format" = "int32"))]
    pub cpu_percent: u32,
}

/// The Service of the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSpec {
    /// How far it is reachable.
    #[serde(rename = "type", default)]
    pub type_: ServiceType,
    /// Its port.
    #[serde(default = "default_port")]
    #[schemars(range(min = 1, max = 65535), extend("format" = "int32"))]
    pub port: u16,
    /// Its annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "annotations")]
    pub annotations: BTreeMap<String, String>,
}

/// How far a Service is reachable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ServiceType {
    /// Within the cluster.
    #[default]
    ClusterIP,
    /// On a port of every node.
    NodePort,
    /// Through a load balancer of the cluster's provider.
    LoadBalancer,
}

/// An Ingress to the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ingress {
    /// The IngressClass; the cluster's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 253),
        extend("x-kubernetes-validations" = rules::in_schema(&rules::OBJECT_NAME))
    )]
    pub class_name: Option<String>,
    /// The host that the API is reached by, such as `shop.example.com` or `*.example.com`.
    #[schemars(length(min = 1, max = 253), extend("x-kubernetes-validations" = rules::in_schema(&rules::HOST)))]
    pub host: String,
    /// What paths begin with.
    #[serde(default = "default_path")]
    #[schemars(length(min = 1, max = 1024), extend("x-kubernetes-validations" = rules::in_schema(&rules::PATH)))]
    pub path: String,
    /// Its annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "annotations")]
    pub annotations: BTreeMap<String, String>,
    /// The Secret (kubernetes.io/tls) with the host's certificate; plain HTTP when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 253),
        extend("x-kubernetes-validations" = rules::in_schema(&rules::OBJECT_NAME))
    )]
    pub tls_secret_name: Option<String>,
}

/// An HTTPRoute (Gateway API) to the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRoute {
    /// The Gateways that it belongs to.
    #[schemars(length(min = 1, max = 16))]
    pub parent_refs: Vec<ParentRef>,
    /// The hosts that the API is reached by; every host of the Gateways when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        inner(length(min = 1, max = 253)),
        extend("x-kubernetes-list-type" = "set", "x-kubernetes-validations" = rules::in_schema(&rules::HOSTS))
    )]
    pub hostnames: Vec<String>,
}

/// A Gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParentRef {
    /// Its name.
    #[schemars(
        length(min = 1, max = 253),
        extend("x-kubernetes-validations" = rules::in_schema(&rules::OBJECT_NAME))
    )]
    pub name: String,
    /// Its namespace; the shop's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), extend("x-kubernetes-validations" = rules::in_schema(&rules::NAMESPACE)))]
    pub namespace: Option<String>,
    /// The listener of the Gateway; every one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 253),
        extend("x-kubernetes-validations" = rules::in_schema(&rules::OBJECT_NAME))
    )]
    pub section_name: Option<String>,
}

impl Default for ServiceSpec {
    fn default() -> Self {
        Self { type_: ServiceType::default(), port: default_port(), annotations: BTreeMap::new() }
    }
}

fn default_min() -> u32 {
    1
}

fn default_max() -> u32 {
    10
}

fn default_cpu_percent() -> u32 {
    80
}

fn default_port() -> u16 {
    80
}

fn default_path() -> String {
    "/".to_owned()
}
