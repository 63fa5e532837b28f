//! A shop's pods, and what they tell of their work.

use super::figures::{Figures, event_bytes};
use crate::build::OPERATIONS_PORT;
use crate::build::labels::{self, POOL, SHOP};
use crate::observe::Workers;
use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};
use kube::core::Object;
use kube::{Client, ResourceExt};
use pawnshop_scaling::at_pace;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Pods that are asked at once.
const AT_ONCE: usize = 16;

/// How long all of them may take together, from the list on: one that has not answered by then could not be asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pods that are listed at once.
const PAGE: u32 = 500;

/// What says how dear a pod is when some must go
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost>).
pub(super) const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// A pod of a shop that runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeenPod {
    /// Its name.
    pub(super) name: String,
    /// Its pool; `None`: it is a dispatcher.
    pub(super) pool: Option<String>,
    /// What it tells; `None`: it could not be asked.
    pub(super) figures: Option<Figures>,
    /// How dear it is said to be.
    pub(super) deletion_cost: Option<String>,
}

impl SeenPod {
    /// Whether it has held the same batch for long; one that does not say counts as if it had (decision K1).
    pub(super) fn is_busy(&self) -> bool {
        self.figures.as_ref().and_then(|figures| figures.busy) != Some(false)
    }
}

/// A shop's pods.
#[derive(Debug)]
pub(super) enum Pods {
    /// They have nothing to do, and were not asked.
    Idle,
    /// These run.
    Seen(Vec<SeenPod>),
    /// Nobody knows: all of them may be busy (decision K1).
    Unseen,
}

impl Pods {
    /// Those of this shop, each with what it tells.
    pub(super) async fn look(client: &Client, workers: &Workers, namespace: &str, shop: &str) -> Self {
        let until = Instant::now() + PATIENCE;
        let running = match timeout_at(until, running(client, namespace, shop)).await {
            Ok(Ok(running)) => running,
            Ok(Err(error)) => {
                tracing::debug!(%error, namespace, shop, "pods cannot be listed");
                return Self::Unseen;
            }
            Err(_) => return Self::Unseen,
        };
        let asking = stream::iter(running).map(|pod| ask(workers, pod, until)).buffer_unordered(AT_ONCE);
        Self::Seen(asking.collect().await)
    }

    /// How many of a pool's `workers` are at work: those that have held the same batch for long or cannot be asked, and
    /// as many as keep the pace of a load that leaves no backlog (ADR 14), whichever is more. Never more than it is to
    /// have: who is at work keeps a pool as large as it is, and makes it no larger.
    pub(super) fn busy(&self, pool: &str, workers: Option<u32>) -> u32 {
        let pods = match self {
            Self::Idle => return 0,
            Self::Seen(pods) => pods,
            Self::Unseen => return workers.unwrap_or_default(),
        };
        let its = || pods.iter().filter(|pod| pod.pool.as_deref() == Some(pool));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let share = its().filter_map(|pod| Some(pod.figures.as_ref()?.at_work)).sum();
        let busy = at_pace(share, count(its().count())).max(count(its().filter(|pod| pod.is_busy()).count()));
        busy.min(workers.unwrap_or(u32::MAX))
    }

    /// The mean bytes of events by flow, as they tell them.
    pub(super) fn event_bytes(&self) -> BTreeMap<String, f64> {
        match self {
            Self::Seen(pods) => event_bytes(pods.iter().filter_map(|pod| pod.figures.as_ref())),
            Self::Idle | Self::Unseen => BTreeMap::new(),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
struct NoSpec {}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    #[serde(rename = "podIP")]
    pod_ip: Option<String>,
}

type PodPart = Object<NoSpec, Status>;

/// The pods of this shop that run.
async fn running(client: &Client, namespace: &str, shop: &str) -> Result<Vec<PodPart>, kube::Error> {
    let kind = kube::core::ApiResource::erase::<Pod>(&());
    let api = Api::<PodPart>::namespaced_with(client.clone(), namespace, &kind);
    let mut parameters = ListParams::default().labels(&format!("{SHOP}={shop}")).limit(PAGE);
    let mut running = Vec::new();
    loop {
        let page = api.list(&parameters).await?;
        running.extend(page.items.into_iter().filter(runs));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters = parameters.continue_token(&token),
            None => return Ok(running),
        }
    }
}

/// One that has not begun holds nothing, and one that has ended holds nothing any more. One that is to go is none of
/// those that are counted: its place is another's, and what it holds is backlog until it is done with it.
fn runs(pod: &PodPart) -> bool {
    let is_running = pod.status.as_ref().is_some_and(|status| status.phase == "Running");
    is_running && pod.metadata.deletion_timestamp.is_none() && pod.labels().contains_key(labels::COMPONENT)
}

async fn ask(workers: &Workers, pod: PodPart, until: Instant) -> SeenPod {
    let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()?.parse::<IpAddr>().ok());
    let figures = match address {
        Some(address) => {
            let asking = workers.figures(SocketAddr::new(address, OPERATIONS_PORT));
            timeout_at(until, asking).await.ok().flatten()
        }
        None => None,
    };
    SeenPod {
        name: pod.name_any(),
        pool: pod.labels().get(POOL).cloned(),
        figures,
        deletion_cost: pod.annotations().get(DELETION_COST).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn worker(pool: &str, busy: Option<bool>, at_work: f64) -> SeenPod {
        SeenPod {
            name: "a".to_owned(),
            pool: Some(pool.to_owned()),
            figures: busy.map(|busy| Figures { busy: Some(busy), at_work, ..Figures::default() }),
            deletion_cost: None,
        }
    }

    #[test]
    fn workers_at_work_keep_a_pool_as_large_as_it_is_and_make_it_no_larger() {
        let pods = Pods::Seen(vec![
            worker("items", Some(true), 1.0),
            worker("items", Some(false), 0.0),
            worker("items", None, 0.0),
            worker("sales", Some(true), 1.0),
        ]);
        assert_eq!(pods.busy("items", Some(3)), 2);
        assert_eq!(pods.busy("items", None), 2);
        assert_eq!(pods.busy("items", Some(1)), 1, "a rollout has more of them for a while");
        assert_eq!(pods.busy("loans", Some(1)), 0);
        let at_pace = Pods::Seen(vec![worker("items", Some(false), 0.7), worker("items", Some(false), 0.7)]);
        assert_eq!(at_pace.busy("items", Some(2)), 2);
        assert_eq!(at_pace.busy("items", Some(0)), 0);
    }

    #[test]
    fn pods_that_run_and_are_to_stay_are_asked() {
        let asked = |phase: &str, more: Value| {
            let mut metadata = json!({"name": "a", "labels": {labels::COMPONENT: "worker"}});
            metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let pod = json!({"metadata": metadata, "spec": {"containers": []}, "status": {"phase": phase}});
            runs(&serde_json::from_value(pod).unwrap())
        };
        assert!(asked("Running", json!({})));
        assert!(!asked("Pending", json!({})));
        assert!(
            !asked("Running", json!({"deletionTimestamp": "2026-11-25T12:00:00Z"})),
            "on a lost node, say"
        );
        assert!(!asked("Running", json!({"labels": {}})));
    }
}
