use super::which::Which;
use crate::cluster::{AskError, Cluster, Right};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use kube::api::{Api, DynamicObject, ListParams};
use kube::core::ApiResource;
use pawnshop_operator::build::labels::{POOL, SHOP};
use pawnshop_operator::scaling::backend::Backend;
use std::fmt::Debug;

/// A pool with all that its number of workers depends on, as it was read.
pub(crate) struct Found {
    pub(super) which: Which,
    pub(super) deployment: Option<Deployment>,
    pub(super) autoscaler: Option<HorizontalPodAutoscaler>,
    /// What the operator serves to autoscalers; `None`: it was not asked, or did not answer.
    pub(super) metric: Option<Metric>,
    /// What could not be read, and why: the rest is told all the same.
    pub(super) unread: Vec<String>,
}

/// What is served of a pool's backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// So many events, or as many as keep its busy workers, whichever is more.
    Value { events: u64, at: Option<Timestamp> },
    /// It is not known.
    Unknown,
}

/// Reads what a pool's number of workers depends on.
pub(crate) async fn find(cluster: &Cluster, which: Which) -> Found {
    let backend = which.status.scaling.as_ref().map(|scaling| scaling.backend.clone()).unwrap_or_default();
    let (shop, pool) = (which.shop.name_any(), which.pool.name.clone());
    let deployment = format!("{shop}-{pool}");
    let (autoscaler, is_served) = match backend {
        keda if keda == Backend::Keda.name() => (format!("keda-hpa-{deployment}"), false),
        backend => (deployment.clone(), backend == Backend::ExternalMetrics.name()),
    };
    let served = async {
        match is_served {
            true => metric(cluster, &shop, &pool).await.map(Some),
            false => Ok(None),
        }
    };
    let (deployment, autoscaler, metric) = futures::join!(
        get::<Deployment>(cluster, "deployments.apps", &deployment),
        get::<HorizontalPodAutoscaler>(cluster, "horizontalpodautoscalers.autoscaling", &autoscaler),
        served,
    );
    let mut unread = Vec::new();
    Found {
        which,
        deployment: read("the Deployment", deployment, &mut unread),
        autoscaler: read("the HorizontalPodAutoscaler", autoscaler, &mut unread),
        metric: read("the operator's metric", metric, &mut unread),
        unread,
    }
}

fn read<T>(what: &str, answer: Result<Option<T>, AskError>, unread: &mut Vec<String>) -> Option<T> {
    answer.unwrap_or_else(|error| {
        unread.push(format!("{what}: {error}"));
        None
    })
}

async fn get<K>(cluster: &Cluster, resource: &str, name: &str) -> Result<Option<K>, AskError>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + serde::de::DeserializeOwned
        + Debug,
{
    let api = Api::<K>::namespaced(cluster.client.clone(), &cluster.namespace);
    let right = Right::new("get", resource, Some(&cluster.namespace));
    match cluster.ask(right, api.get(name)).await {
        Ok(found) => Ok(Some(found)),
        Err(AskError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Asks the operator through the API server, as a HorizontalPodAutoscaler does.
async fn metric(cluster: &Cluster, shop: &str, pool: &str) -> Result<Metric, AskError> {
    let resource = ApiResource {
        group: "external.metrics.k8s.io".to_owned(),
        version: "v1beta1".to_owned(),
        api_version: "external.metrics.k8s.io/v1beta1".to_owned(),
        kind: "ExternalMetricValue".to_owned(),
        plural: "pawnshop_backlog".to_owned(),
    };
    let api = Api::<DynamicObject>::namespaced_with(cluster.client.clone(), &cluster.namespace, &resource);
    let right =
        Right::new("list", format!("{}.{}", resource.plural, resource.group), Some(&cluster.namespace));
    let its = ListParams::default().labels(&format!("{SHOP}={shop},{POOL}={pool}"));
    let values = cluster.ask(right, api.list(&its)).await?;
    Ok(values.items.first().and_then(|value| value_of(&value.data)).unwrap_or(Metric::Unknown))
}

fn value_of(value: &serde_json::Value) -> Option<Metric> {
    Some(Metric::Value {
        events: value["value"].as_str()?.parse().ok()?,
        at: value["timestamp"].as_str().and_then(|at| at.parse().ok()),
    })
}
