use super::addresses::is_refused;
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

/// Asks workers that are not ready what they say of their store. A ready one need not be asked.
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

    async fn ask(&self, worker: SocketAddr) -> Option<bool> {
        let answer = self.0.get(format!("http://{worker}/readyz")).send().await.ok()?;
        let readiness: Readiness = answer.json().await.ok()?;
        let store = readiness.dependencies.into_iter().find(|dependency| dependency.name == STORE)?;
        Some(store.state == "ok")
    }
}
