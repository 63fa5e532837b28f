//! What the schema cannot say: whether a shop can run in Kubernetes, and what exactly it asks for.
//!
//! Pure. What passes is [`Validated`]: owned, plain, every default filled in, other kinds' objects in their own
//! types. What does not is told whole, each fault with its path.

mod flows;
mod network;
mod pod_template;
mod resources;
#[cfg(test)]
mod tests;
mod typed;

pub use flows::{UnknownFlow, unknown_flows};
pub use network::Network;

use k8s_openapi::api::core::v1::{PodTemplateSpec, ResourceRequirements};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_resource::{
    Broker, CpuAutoscaling, Fault, HttpRoute, Ingress, Monitoring, PawnShop, PullPolicy, ResolvedPool,
    Schedules, ServiceSpec, Store, Workload, default_flows, stock_flows,
};

/// The longest configuration that a pool can have, as JSON: what fits a process's environment with room to spare.
const LONGEST_CONFIG: usize = 64 * 1024;

/// A shop that can run in Kubernetes, with all that its objects are built from.
#[derive(Clone, Debug)]
pub struct Validated {
    /// The shop's namespace and name.
    pub shop: ShopName,
    /// Which of all shops that ever had the name.
    pub uid: String,
    /// The image of dispatcher and workers; `None`: the operator's default.
    pub image: Option<String>,
    /// When nodes pull images; `None`: Kubernetes' default.
    pub pull_policy: Option<PullPolicy>,
    /// The Secrets with which nodes pull images.
    pub pull_secrets: Vec<String>,
    /// Where the queues are.
    pub broker: Broker,
    /// Where the documents are.
    pub store: Store,
    /// The HTTP edge.
    pub dispatcher: Edge,
    /// The pools; at least one.
    pub pools: Vec<WorkerPool>,
    /// The delays of an event that fails, as the resource writes them; empty: the programs' default.
    pub retry_delays: Vec<String>,
    /// How long outcomes and dead letters are kept, as the resource writes it; `None`: the programs' default.
    pub outcome_retention: Option<String>,
    /// Who may reach the pods, and whom they may reach; `None`: nothing is said about it.
    pub network: Option<Network>,
    /// How metrics are found.
    pub monitoring: Monitoring,
}

/// The dispatchers.
#[derive(Clone, Debug)]
pub struct Edge {
    /// How many.
    pub size: EdgeSize,
    /// The flows that they take writes for.
    pub flows: Vec<FlowName>,
    /// Their Service.
    pub service: ServiceSpec,
    /// Their Ingress, if they have one.
    pub ingress: Option<Ingress>,
    /// Their HTTPRoute, if they have one.
    pub http_route: Option<HttpRoute>,
    /// Their pods.
    pub pods: Pods,
}

/// How many dispatchers there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EdgeSize {
    /// So many.
    Fixed(u32),
    /// By the processor time that they use.
    ByCpu(CpuAutoscaling),
}

/// A pool of workers.
#[derive(Clone, Debug)]
pub struct WorkerPool {
    /// The pool, every default filled in.
    pub pool: ResolvedPool,
    /// Other bounds at other times.
    pub schedules: Schedules,
    /// Its pods.
    pub pods: Pods,
}

/// What the pods of a Deployment are told.
#[derive(Clone, Debug)]
pub struct Pods {
    /// What each container asks for and is held to.
    pub resources: ResourceRequirements,
    /// Merged into the template.
    pub overrides: Option<PodTemplateSpec>,
    /// How long a pod may take to end, in seconds.
    pub grace_seconds: u32,
}

/// How long a pod may take to end when nothing is said.
const GRACE_SECONDS: u32 = 40;

/// Whether this shop can run in Kubernetes.
///
/// # Errors
/// Everything that is in the way.
pub fn validate(resource: &PawnShop) -> Result<Validated, Vec<Fault>> {
    let mut faults = Vec::new();
    let spec = &resource.spec;
    let dispatcher = spec.dispatcher.clone().unwrap_or_default();

    let shop = resource.shop_name().map_err(|error| fault(&mut faults, "metadata", error)).ok();
    if spec.broker.is_none() {
        fault(
            &mut faults,
            "spec.broker",
            "is required in Kubernetes: set uri, or clusterRef to a RabbitmqCluster",
        );
    }
    if spec.store.is_none() {
        fault(
            &mut faults,
            "spec.store",
            "is required in Kubernetes: set uri to the Secret with the MongoDB URI",
        );
    }
    let stock: Vec<FlowName> = stock_flows().iter().map(|flow| flow.name.clone()).collect();
    let pools =
        resource.resolved_pools(&default_flows()).map_err(|error| fault(&mut faults, "spec.pools", error));
    let pools = pools.unwrap_or_default();
    let flows = flows::dispatched(&pools, spec.image.as_deref(), &stock, &mut faults);
    let edge_pods = pods(&dispatcher.workload, "spec.dispatcher", "dispatcher", &mut faults);
    let pools = pools.into_iter().enumerate();
    let pools = pools.map(|(index, pool)| worker_pool(pool, index, &mut faults)).collect();
    let network = network::network(spec.network_policy.as_ref(), &mut faults);

    match (shop, spec.broker.clone(), spec.store.clone()) {
        (Some(shop), Some(broker), Some(store)) if faults.is_empty() => Ok(Validated {
            shop,
            uid: resource.metadata.uid.clone().unwrap_or_default(),
            image: spec.image.clone(),
            pull_policy: spec.image_pull_policy,
            pull_secrets: spec.image_pull_secrets.iter().map(|secret| secret.name.clone()).collect(),
            broker,
            store,
            dispatcher: Edge {
                size: match dispatcher.autoscaling {
                    Some(autoscaling) => EdgeSize::ByCpu(autoscaling),
                    None => EdgeSize::Fixed(dispatcher.replicas.unwrap_or(1)),
                },
                flows,
                service: dispatcher.service.unwrap_or_default(),
                ingress: dispatcher.ingress,
                http_route: dispatcher.http_route,
                pods: edge_pods,
            },
            pools,
            retry_delays: spec.retry_delays.clone(),
            outcome_retention: spec.outcome_retention.clone(),
            network,
            monitoring: spec.monitoring.clone().unwrap_or_default(),
        }),
        _ => Err(faults),
    }
}

fn worker_pool(pool: ResolvedPool, index: usize, faults: &mut Vec<Fault>) -> WorkerPool {
    let path = format!("spec.pools[{index}]");
    let pods = pods(&pool.workload, &path, "worker", faults);
    let length = serde_json::to_vec(&pool.config).map_or(0, |config| config.len());
    if length > LONGEST_CONFIG {
        let message = format!("must be at most {LONGEST_CONFIG} bytes as JSON, not {length}");
        fault(faults, &format!("{path}.config"), message);
    }
    let schedules = Schedules::new(&pool.schedules).unwrap_or_else(|wrong| {
        for (place, field, why) in wrong {
            fault(faults, &format!("{path}.autoscaling.schedules[{place}].{field}"), why);
        }
        Schedules::default()
    });
    WorkerPool { pool, schedules, pods }
}

fn pods(workload: &Workload, path: &str, component: &str, faults: &mut Vec<Fault>) -> Pods {
    let overrides = workload.pod_template.as_ref();
    Pods {
        resources: resources::with_defaults(workload.resources.as_ref()),
        overrides: overrides
            .and_then(|given| pod_template::check(given, &format!("{path}.podTemplate"), component, faults)),
        grace_seconds: workload.termination_grace_period_seconds.unwrap_or(GRACE_SECONDS),
    }
}

fn fault(faults: &mut Vec<Fault>, path: &str, message: impl ToString) {
    faults.push(Fault { path: path.to_owned(), message: message.to_string() });
}
