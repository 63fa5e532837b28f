//! The watches on shops' objects: metadata alone, by our label; Deployments with the little that is read of them.

#[cfg(test)]
mod tests;

use crate::build::labels::MANAGED_BY;
use crate::caches::Caches;
use crate::children::{Children, DeploymentPart, Rollout, ShopKey, Sighting};
use crate::kind::Kind;
use backon::ExponentialBuilder;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use kube::Client;
use kube::api::{Api, DynamicObject, PartialObjectMeta};
use kube::core::{DynamicResourceScope, Resource};
use kube::runtime::WatchStreamExt;
use kube::runtime::utils::ResetTimerBackoff;
use kube::runtime::watcher::{self, Event, ExponentialBackoff, watcher};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// What a list asks for at once. What an answer holds is memory for a moment, some times as much as its text, and at
/// the start all kinds are listed at once.
const PAGE: u32 = 50;

/// The pauses after errors, jittered and doubling; they begin anew after a while without one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const CALM: Duration = Duration::from_secs(120);

/// Which namespaces an operator is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every one.
    Cluster,
    /// This one alone.
    Namespace(String),
}

impl Scope {
    /// The API of a kind in this scope.
    pub fn api<K>(&self, client: Client, kind: &K::DynamicType) -> Api<K>
    where
        K: Resource<Scope = DynamicResourceScope>,
    {
        match self {
            Self::Cluster => Api::all_with(client, kind),
            Self::Namespace(namespace) => Api::namespaced_with(client, namespace, kind),
        }
    }
}

/// How watches are asked for: each lasts so long.
pub(crate) fn config(lasting: Duration) -> watcher::Config {
    let seconds = u32::try_from(lasting.as_secs()).unwrap_or(u32::MAX).max(1);
    watcher::Config::default().timeout(seconds).page_size(PAGE)
}

pub(crate) fn pauses() -> ResetTimerBackoff<ExponentialBackoff> {
    let pauses = ExponentialBuilder::new().with_min_delay(FIRST_PAUSE).with_max_delay(LONGEST_PAUSE);
    ResetTimerBackoff::new(ExponentialBackoff::from(pauses.with_jitter().without_max_times()), CALM)
}

/// Watches the objects of a kind for ever, and sends on which shops to look at.
pub async fn follow(
    kind: Kind,
    client: Client,
    scope: Scope,
    lasting: Duration,
    children: Arc<Children>,
    caches: Caches,
    shops: mpsc::Sender<ShopKey>,
) {
    let mut events = sightings(kind, client, &scope, lasting);
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                crate::metrics::watch_failed(kind.name());
                tracing::warn!(%kind, %error, "cannot be watched; trying again");
                continue;
            }
        };
        let is_listed = matches!(event, Event::InitDone);
        for shop in children.note(kind, event) {
            if shops.send(shop).await.is_err() {
                return;
            }
        }
        if is_listed {
            caches.filled(kind.name());
        }
    }
}

type Sightings = BoxStream<'static, watcher::Result<Event<Sighting>>>;

fn sightings(kind: Kind, client: Client, scope: &Scope, lasting: Duration) -> Sightings {
    let resource = kind.resource();
    match kind {
        Kind::Deployment => {
            let deployments = scope.api::<DeploymentPart>(client, &resource);
            watched(deployments, lasting)
                .map(|event| {
                    event.map(|event| {
                        map(event, |deployment| Sighting {
                            rollout: Some(Rollout::of(&deployment)),
                            metadata: deployment.metadata,
                        })
                    })
                })
                .boxed()
        }
        _ => {
            let objects = scope.api::<PartialObjectMeta<DynamicObject>>(client, &resource);
            watched(objects, lasting)
                .map(|event| {
                    event.map(|event| {
                        map(event, |object| Sighting { metadata: object.metadata, rollout: None })
                    })
                })
                .boxed()
        }
    }
}

fn watched<K>(api: Api<K>, lasting: Duration) -> impl Stream<Item = watcher::Result<Event<K>>> + Send
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    watcher(api, config(lasting).labels(&format!("{}={}", MANAGED_BY.0, MANAGED_BY.1))).backoff(pauses())
}

fn map<A, B>(event: Event<A>, change: impl FnOnce(A) -> B) -> Event<B> {
    match event {
        Event::Apply(object) => Event::Apply(change(object)),
        Event::Delete(object) => Event::Delete(change(object)),
        Event::InitApply(object) => Event::InitApply(change(object)),
        Event::Init => Event::Init,
        Event::InitDone => Event::InitDone,
    }
}
