//! The kinds of objects that a shop is made of.

use crate::capabilities::Capabilities;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{Service, ServiceAccount};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::core::{ApiResource, GroupVersionKind};
use std::fmt;

/// The kinds of objects that a shop is made of, and no others: what is watched, applied and pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Dispatchers, and each pool's workers.
    Deployment,
    /// Who the pods are.
    ServiceAccount,
    /// Where they are reached.
    Service,
    /// What the dispatchers may read.
    RoleBinding,
    /// How many pods may be away at once.
    PodDisruptionBudget,
    /// Who may reach them.
    NetworkPolicy,
    /// How many they are.
    HorizontalPodAutoscaler,
    /// The way in from outside, where one is asked for.
    Ingress,
    /// The same by the Gateway API, where that is installed.
    HttpRoute,
    /// What Prometheus reads, where its operator is installed.
    ServiceMonitor,
    /// How KEDA scales a pool, where it is installed and asked for.
    ScaledObject,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Deployment,
        Self::ServiceAccount,
        Self::Service,
        Self::RoleBinding,
        Self::PodDisruptionBudget,
        Self::NetworkPolicy,
        Self::HorizontalPodAutoscaler,
        Self::Ingress,
        Self::HttpRoute,
        Self::ServiceMonitor,
        Self::ScaledObject,
    ];

    /// How the API calls it.
    pub fn resource(self) -> ApiResource {
        match self {
            Self::Deployment => ApiResource::erase::<Deployment>(&()),
            Self::ServiceAccount => ApiResource::erase::<ServiceAccount>(&()),
            Self::Service => ApiResource::erase::<Service>(&()),
            Self::RoleBinding => ApiResource::erase::<RoleBinding>(&()),
            Self::PodDisruptionBudget => ApiResource::erase::<PodDisruptionBudget>(&()),
            Self::NetworkPolicy => ApiResource::erase::<NetworkPolicy>(&()),
            Self::HorizontalPodAutoscaler => ApiResource::erase::<HorizontalPodAutoscaler>(&()),
            Self::Ingress => ApiResource::erase::<Ingress>(&()),
            Self::HttpRoute => of_another("gateway.networking.k8s.io", "v1", "HTTPRoute"),
            Self::ServiceMonitor => of_another("monitoring.coreos.com", "v1", "ServiceMonitor"),
            Self::ScaledObject => of_another("keda.sh", "v1alpha1", "ScaledObject"),
        }
    }

    /// Which of them this is, if any.
    pub fn of(resource: &ApiResource) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| {
            let known = kind.resource();
            known.group == resource.group && known.kind == resource.kind
        })
    }

    /// Whether this cluster has it.
    pub fn is_served(self, cluster: &Capabilities) -> bool {
        match self {
            Self::HttpRoute => cluster.http_route,
            Self::ServiceMonitor => cluster.service_monitor,
            Self::ScaledObject => cluster.keda == Some(true),
            _ => true,
        }
    }

    /// Its name, as manifests spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::ServiceAccount => "ServiceAccount",
            Self::Service => "Service",
            Self::RoleBinding => "RoleBinding",
            Self::PodDisruptionBudget => "PodDisruptionBudget",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::HorizontalPodAutoscaler => "HorizontalPodAutoscaler",
            Self::Ingress => "Ingress",
            Self::HttpRoute => "HTTPRoute",
            Self::ServiceMonitor => "ServiceMonitor",
            Self::ScaledObject => "ScaledObject",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

fn of_another(group: &str, version: &str, kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_resource_and_called_as_the_api_calls_it() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(&kind.resource()), Some(kind));
            assert_eq!(kind.resource().kind, kind.name());
        }
        assert_eq!(Kind::HttpRoute.resource().plural, "httproutes");
        assert_eq!(Kind::ServiceMonitor.resource().plural, "servicemonitors");
        assert_eq!(Kind::ScaledObject.resource().plural, "scaledobjects");
    }
}
