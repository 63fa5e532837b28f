use super::{LocalRef, SecretValue};
use crate::rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the shop's queues are: RabbitMQ, by its URI or as a RabbitmqCluster of the shop's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::BROKER)))]
pub struct Broker {
    /// The AMQP URI (`amqps://user:password@host/vhost`). Either this or clusterRef.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<SecretValue>,
    /// The URI of the management API, which tells backlogs (`https://user:password@host:15671`). A cluster that
    /// clusterRef names tells its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_uri: Option<SecretValue>,
    /// A RabbitmqCluster (rabbitmq.com/v1beta1, the RabbitMQ Cluster Operator's), with the user that it made by
    /// default. Either this or uri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_ref: Option<LocalRef>,
    /// What connections over TLS (`amqps://`, `https://`) trust and present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientTls>,
}

/// What a connection over TLS trusts and presents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::in_schema(&rules::CLIENT_TLS)))]
pub struct ClientTls {
    /// The authorities to trust (PEM), in place of those of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<SecretValue>,
    /// The certificate to present (PEM); key belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<SecretValue>,
    /// The certificate's private key (PEM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SecretValue>,
}
