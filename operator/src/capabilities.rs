//! What the cluster can do beyond plain Kubernetes: learnt by discovery, used by the builders.

/// The APIs of others that are served here. The default is a cluster that has none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `monitoring.coreos.com/v1` `ServiceMonitor`: the Prometheus operator.
    pub service_monitor: bool,
    /// `gateway.networking.k8s.io/v1` `HTTPRoute`: the Gateway API.
    pub http_route: bool,
    /// `rabbitmq.com/v1beta1` `RabbitmqCluster`: RabbitMQ's cluster operator.
    pub rabbitmq_cluster: bool,
    /// `keda.sh/v1alpha1` `ScaledObject`; `None` while discovery has not answered (decision K5: an error is
    /// not an absence).
    pub keda: Option<bool>,
}
