mod slices;

use crate::{Discovery, Endpoint};
use backon::ExponentialBuilder;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::runtime::WatchStreamExt;
use kube::runtime::utils::ResetTimerBackoff;
use kube::runtime::watcher::{self, Event, ExponentialBackoff, watcher};
use kube::{Api, Client, Config};
use rand::RngExt;
use slices::Slices;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::sleep;

/// How long one watch lasts. One that hangs is noticed 5 s after its end, and begun anew.
const WATCH_SECONDS: u32 = 30;

/// How long the API server may say nothing at all: longer than a watch that is idle.
const READ_DEADLINE: Duration = Duration::from_secs(40);

const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// The pauses after errors, jittered and doubling; they begin anew after a while without one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const CALM: Duration = Duration::from_secs(60);

/// The workers behind a service, by a watch on its EndpointSlices: the ready ones, and those that end but still serve.
///
/// It needs the rights to list and watch `endpointslices` of the group `discovery.k8s.io` in the service's namespace, and
/// no other. The API server is found as kubectl finds it: the pod's service account, or a kubeconfig.
pub struct Kubernetes {
    namespace: String,
    service: String,
    port: String,
    client: Option<Client>,
}

impl Kubernetes {
    /// The endpoints of this service's port of this name.
    pub fn new(namespace: String, service: String, port: String) -> Self {
        Self { namespace, service, port, client: None }
    }

    /// The same, asked with a client of one's own.
    pub fn with_client(self, client: Client) -> Self {
        Self { client: Some(client), ..self }
    }
}

impl Discovery for Kubernetes {
    fn target(&self) -> String {
        format!("kubernetes:{}/{}:{}", self.namespace, self.service, self.port)
    }

    fn endpoints(self: Box<Self>) -> BoxStream<'static, BTreeSet<Endpoint>> {
        let target = self.target();
        let Self { namespace, service, port, client } = *self;
        let watching = async move {
            let client = match client {
                Some(client) => client,
                None => connected().await,
            };
            let slices = Api::<EndpointSlice>::namespaced(client, &namespace);
            let config = watcher::Config::default()
                .labels(&format!("kubernetes.io/service-name={service}"))
                .timeout(WATCH_SECONDS);
            sets(watcher(slices, config).backoff(pauses()), port, target)
        };
        watching.flatten_stream().boxed()
    }
}

/// A client once there is one to be had: a service account's token may be mounted late.
async fn connected() -> Client {
    loop {
        match configured().await {
            Ok(client) => return client,
            Err(error) => tracing::error!(error, "no way to the Kubernetes API is configured; trying again"),
        }
        let pause = LONGEST_PAUSE.mul_f64(rand::rng().random_range(0.5..1.0));
        sleep(pause).await;
    }
}

async fn configured() -> Result<Client, String> {
    let mut config = Config::infer().await.map_err(|error| error.to_string())?;
    config.connect_timeout = Some(CONNECT_DEADLINE);
    config.read_timeout = Some(READ_DEADLINE);
    Client::try_from(config).map_err(|error| error.to_string())
}

fn pauses() -> ResetTimerBackoff<ExponentialBackoff> {
    let pauses = ExponentialBuilder::new().with_min_delay(FIRST_PAUSE).with_max_delay(LONGEST_PAUSE);
    ResetTimerBackoff::new(ExponentialBackoff::from(pauses.with_jitter().without_max_times()), CALM)
}

/// The endpoints after each event of the watch that changed them.
fn sets(
    events: impl Stream<Item = watcher::Result<Event<EndpointSlice>>> + Send + 'static,
    port: String,
    target: String,
) -> impl Stream<Item = BTreeSet<Endpoint>> + Send {
    let mut slices = Slices::new(port);
    events.filter_map(move |event| {
        let set = match event {
            Ok(event) => slices.apply(event),
            Err(error) => {
                tracing::warn!(%error, target, "the endpoints cannot be watched; the last known ones stay");
                None
            }
        };
        futures::future::ready(set)
    })
}

#[cfg(test)]
mod tests;
