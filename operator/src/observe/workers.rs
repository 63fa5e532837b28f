use super::addresses::is_refused;
use super::body::bounded;
use crate::scaling::Figures;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Client;
use kube::api::{Api, ListParams};
use reqwest::redirect::Policy;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long a worker may take to say how it is: longer than its own probes do.
const DEADLINE: Duration = Duration::from_secs(2);

/// How many workers are asked before it is left at that.
const ASKED: usize = 2;

/// The dependency of a worker's `/readyz` that is its store.
const STORE: &str = "store";

/// Asks workers that are not ready what they say of their store (a ready one need not be asked), and pods of any kind
/// what work they have.
pub struct Workers(reqwest::Client);

#[derive(Deserialize)]
struct Readiness {
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    state: String,
}

impl Workers {
    /// Asked over plain HTTP, as the kubelet asks them.
    ///
    /// # Errors
    /// When there is no HTTP client to be had.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(DEADLINE).redirect(Policy::none()).no_proxy();
        Ok(Self(client.build()?))
    }

    /// Whether the store answers the workers behind this Service, by what one of them says; `None`: none says.
    pub async fn store_answers(
        &self,
        client: &Client,
        namespace: &str,
        service: &str,
        port: u16,
    ) -> Option<bool> {
        let of_service = ListParams::default().labels(&format!("kubernetes.io/service-name={service}"));
        let slices = Api::<EndpointSlice>::namespaced(client.clone(), namespace);
        let slices = match slices.list(&of_service).await {
            Ok(slices) => slices,
            Err(error) => {
                tracing::debug!(%error, "the workers cannot be found");
                return None;
            }
        };
        let endpoints = slices.items.iter().flat_map(|slice| &slice.endpoints);
        let addresses = endpoints.filter_map(|endpoint| endpoint.addresses.first()?.parse::<IpAddr>().ok());
        for address in addresses.filter(|address| !is_refused(*address)).take(ASKED) {
            if let Some(answers) = self.ask(SocketAddr::new(address, port)).await {
                return Some(answers);
            }
        }
        None
    }

    /// What a pod tells of its work on its operations port; `None`: it does not tell.
    pub async fn figures(&self, pod: SocketAddr) -> Option<Figures> {
        if is_refused(pod.ip()) {
            return None;
        }
        let answer = self.0.get(format!("http://{pod}/metrics")).send().await.ok()?;
        let body = bounded(answer.error_for_status().ok()?).await.ok()??;
        Some(Figures::read(&String::from_utf8(body).ok()?))
    }

    async fn ask(&self, worker: SocketAddr) -> Option<bool> {
        let answer = self.0.get(format!("http://{worker}/readyz")).send().await.ok()?;
        let readiness: Readiness = serde_json::from_slice(&bounded(answer).await.ok()??).ok()?;
        let store = readiness.dependencies.into_iter().find(|dependency| dependency.name == STORE)?;
        Some(store.state == "ok")
    }
}
