//! A shop's pods, and what they tell of their work.

use super::figures::Figures;
use crate::build::OPERATIONS_PORT;
use crate::build::labels::{self, POOL, SHOP};
use crate::observe::Workers;
use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};
use kube::core::Object;
use kube::{Client, ResourceExt};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

/// Pods that are asked at once.
const AT_ONCE: usize = 16;

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

/// The pods of this shop that run, each with what it tells.
///
/// # Errors
/// When they cannot be listed.
pub(super) async fn look(
    client: &Client,
    workers: &Workers,
    namespace: &str,
    shop: &str,
) -> Result<Vec<SeenPod>, kube::Error> {
    let kind = kube::core::ApiResource::erase::<Pod>(&());
    let api = Api::<PodPart>::namespaced_with(client.clone(), namespace, &kind);
    let mut parameters = ListParams::default().labels(&format!("{SHOP}={shop}")).limit(PAGE);
    let mut running = Vec::new();
    loop {
        let page = api.list(&parameters).await?;
        running.extend(page.items.into_iter().filter(runs));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters = parameters.continue_token(&token),
            None => break,
        }
    }
    Ok(stream::iter(running).map(|pod| ask(workers, pod)).buffer_unordered(AT_ONCE).collect().await)
}

/// One that has not begun holds nothing, and one that has ended holds nothing any more.
fn runs(pod: &PodPart) -> bool {
    let component = pod.labels().get(labels::COMPONENT).map(String::as_str);
    pod.status.as_ref().is_some_and(|status| status.phase == "Running") && component.is_some()
}

async fn ask(workers: &Workers, pod: PodPart) -> SeenPod {
    let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()?.parse::<IpAddr>().ok());
    let figures = match address {
        Some(address) => workers.figures(SocketAddr::new(address, OPERATIONS_PORT)).await,
        None => None,
    };
    SeenPod {
        name: pod.name_any(),
        pool: pod.labels().get(POOL).cloned(),
        figures,
        deletion_cost: pod.annotations().get(DELETION_COST).cloned(),
    }
}
