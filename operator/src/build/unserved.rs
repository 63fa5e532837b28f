use crate::capabilities::Capabilities;
use crate::validate::Validated;
use pawnshop_resource::ServiceMonitor;
use std::fmt;

/// Something that a shop asks for outright and that its cluster does not have. The rest of the shop runs all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// `monitoring.serviceMonitor: Enabled`, and no Prometheus operator.
    ServiceMonitor,
    /// `dispatcher.httpRoute`, and no Gateway API.
    HttpRoute,
}

/// What this shop asks for in vain in this cluster.
pub fn unserved(shop: &Validated, cluster: &Capabilities) -> Vec<Unserved> {
    let monitor = shop.monitoring.service_monitor == ServiceMonitor::Enabled && !cluster.service_monitor;
    let route = shop.dispatcher.http_route.is_some() && !cluster.http_route;
    let all = [(Unserved::ServiceMonitor, monitor), (Unserved::HttpRoute, route)];
    all.into_iter().filter(|(_, lacking)| *lacking).map(|(what, _)| what).collect()
}

impl Unserved {
    /// The reason of the condition that tells it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::ServiceMonitor => "ServiceMonitorKindNotFound",
            Self::HttpRoute => "HTTPRouteKindNotFound",
        }
    }
}

impl fmt::Display for Unserved {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ServiceMonitor => {
                "monitoring.serviceMonitor is Enabled, but the cluster has no ServiceMonitors (monitoring.coreos.com/v1): \
                 install the Prometheus Operator, or set Auto"
            }
            Self::HttpRoute => {
                "dispatcher.httpRoute is set, but the cluster has no HTTPRoutes (gateway.networking.k8s.io/v1): install \
                 the Gateway API, or use dispatcher.ingress"
            }
        })
    }
}
