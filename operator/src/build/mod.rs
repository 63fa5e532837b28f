//! The Kubernetes objects that a shop is made of: one file for each kind, and the parts that they share.
//!
//! Pure: the same shop gives the same objects, in the same order. None holds `spec.replicas`, which belongs to
//! whoever scales (decision K3), and none holds a secret, only where one is found.
//!
//! To add a kind of object: a file here that builds it, its line in [`children`], and its variant in [`crate::kind`],
//! so that it is watched and pruned. Give no field that the API server would write otherwise: lists that are one
//! value to it are written with its defaults, and nothing is given that is empty.

mod autoscaler;
mod deployment;
mod dispatcher;
mod disruption_budget;
pub(crate) mod env;
mod grace;
mod http_route;
mod image;
mod ingress;
pub mod labels;
mod metadata;
mod names;
mod network_policy;
mod pods;
mod role_binding;
pub mod scaled_object;
mod service;
mod service_account;
mod service_monitor;
#[cfg(test)]
mod tests;
mod tls;
mod unserved;
mod worker;

pub use unserved::{Unserved, unserved};

use crate::capabilities::Capabilities;
use crate::defaults::Defaults;
use crate::dereference::Dereferenced;
use crate::scaling::backend::Backend;
use crate::scaling::regime::{Regime, bounds};
use crate::validate::{EdgeSize, Validated};
use k8s_openapi::NamespaceResourceScope;
use kube::Resource;
use kube::core::ApiResource;
use serde::Serialize;
use serde_json::Value;

/// Where every pod serves probes and metrics.
pub const OPERATIONS_PORT: u16 = pods::OPERATIONS.number as u16;

/// Where a dispatcher's pod serves the API.
pub const HTTP_PORT: u16 = pods::HTTP.number as u16;

/// Where a dispatcher's pod serves dead letters and the like, to itself and to port forwarding alone.
pub const ADMIN_PORT: u16 = 8081;

/// An object that a shop needs.
#[derive(Clone, Debug)]
pub struct Child {
    /// How the API calls its kind.
    pub resource: ApiResource,
    /// A complete apply configuration: what we mean to own and nothing else.
    pub object: Value,
    /// With how many pods a Deployment begins: written through its scale subresource once it is there.
    pub initial_replicas: Option<i32>,
    /// Whether `initial_replicas` is the resource's own figure, to be kept to ever after. Otherwise whoever scales
    /// changes it, and it is written only where the Deployment was just created.
    pub replicas_are_fixed: bool,
}

/// Why an object cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// It cannot be written as JSON.
    #[error("the {kind} cannot be written: {source}")]
    Serialize {
        /// Its kind.
        kind: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// What the Deployment of a pool is called, and all that goes with it.
pub fn pool_deployment(shop: &Validated, pool: &str) -> String {
    names::component(shop, labels::Component::Worker { pool })
}

/// All objects that this shop needs in this cluster, in an order in which they can be applied.
///
/// # Errors
/// When one of them cannot be built.
pub fn children(
    shop: &Validated,
    references: &Dereferenced,
    cluster: &Capabilities,
    defaults: &Defaults,
    regime: &Regime,
) -> Result<Vec<Child>, BuildError> {
    let components = || labels::Component::of(shop);
    let mut children = vec![
        child(&service_account::dispatcher(shop))?,
        child(&service_account::worker(shop))?,
        child(&role_binding::role_binding(shop, &defaults.dispatcher_role))?,
    ];
    for policy in network_policy::policies(shop, &defaults.operator_namespace) {
        children.push(child(&policy)?);
    }
    children.push(child(&service::dispatcher(shop))?);
    children.push(child(&service::fleet(shop))?);
    for component in components() {
        children.push(child(&disruption_budget::disruption_budget(shop, component))?);
    }
    let edge = dispatcher::dispatchers(shop, references, defaults);
    children.push(match &shop.dispatcher.size {
        EdgeSize::Fixed(replicas) => child(&edge)?.kept_at(*replicas),
        EdgeSize::ByCpu(autoscaling) => child(&edge)?.beginning_with(autoscaling.min),
    });
    for pool in &shop.pools {
        let workers = child(&worker::workers(shop, pool, references, defaults))?;
        children.push(match pool.pool.autoscaled {
            // One even where none need be: whether the pool may sleep is known only once its backlog is.
            true => workers.beginning_with(bounds(pool, regime.at).min.max(1)),
            false => workers.kept_at(pool.pool.min),
        });
    }
    for pool in shop.pools.iter().filter(|pool| pool.pool.autoscaled) {
        match (regime.backend, &defaults.scaler_address) {
            (Some(Backend::ExternalMetrics), _) => {
                children.push(child(&autoscaler::workers(shop, pool, regime))?);
            }
            (Some(Backend::Keda), Some(address)) => {
                children.push(scaled_object::of(shop, pool, regime, address));
            }
            (Some(Backend::Keda), None) | (Some(Backend::Builtin) | None, _) => {}
        }
    }
    if let EdgeSize::ByCpu(autoscaling) = &shop.dispatcher.size {
        children.push(child(&autoscaler::dispatcher(shop, autoscaling))?);
    }
    if let Some(ingress) = &shop.dispatcher.ingress {
        children.push(child(&ingress::ingress(shop, ingress))?);
    }
    if let (Some(route), true) = (&shop.dispatcher.http_route, cluster.http_route) {
        children.push(http_route::http_route(shop, route));
    }
    if service_monitor::is_wanted(shop) && cluster.service_monitor {
        children.push(child(&service::operations(shop))?);
        children.push(service_monitor::service_monitor(shop));
    }
    Ok(children)
}

impl Child {
    fn kept_at(self, replicas: u32) -> Self {
        Self { replicas_are_fixed: true, ..self.beginning_with(replicas) }
    }

    fn beginning_with(self, replicas: u32) -> Self {
        Self { initial_replicas: i32::try_from(replicas).ok(), ..self }
    }
}

fn child<K>(object: &K) -> Result<Child, BuildError>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Serialize,
{
    let resource = ApiResource::erase::<K>(&());
    let object = serde_json::to_value(object)
        .map_err(|source| BuildError::Serialize { kind: resource.kind.clone(), source })?;
    Ok(Child { resource, object, initial_replicas: None, replicas_are_fixed: false })
}

/// An object of a kind that is not Kubernetes' own. `resource`: as [`ApiResource::from_gvk`] makes it.
fn foreign_child(resource: ApiResource, metadata: &impl Serialize, spec: Value) -> Child {
    let object = serde_json::json!({
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": serde_json::to_value(metadata).unwrap_or_default(),
        "spec": spec,
    });
    Child { resource, object, initial_replicas: None, replicas_are_fixed: false }
}
