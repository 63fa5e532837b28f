//! The network between the fleet and its servers: cut, silent, slow, or resetting.

use super::Fault;
use crate::scene::Scene;
use anyhow::Result;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("network to the broker cut", |scene, length| cut(scene, Link::Broker, length)),
    Fault::new("network to the store cut", |scene, length| cut(scene, Link::Store, length)),
    Fault::new("network to the broker half-open", |scene, length| {
        toxic(scene, Link::Broker, length, &SILENT)
    }),
    Fault::new("network to the store half-open", |scene, length| toxic(scene, Link::Store, length, &SILENT)),
    Fault::new("network to the broker slow", |scene, length| toxic(scene, Link::Broker, length, &SLOW)),
    Fault::new("network to the store slow", |scene, length| toxic(scene, Link::Store, length, &SLOW)),
    Fault::new("connections to the broker reset", |scene, length| toxic(scene, Link::Broker, length, &RESET)),
    Fault::new("connections to the store reset", |scene, length| toxic(scene, Link::Store, length, &RESET)),
];

/// Which of the fleet's two links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// To the broker.
    Broker,
    /// To the store.
    Store,
}

/// What toxiproxy does to a link, in both directions.
type Toxic = (&'static str, fn() -> Value);

/// Nothing passes and nobody is told: bytes vanish.
const SILENT: [Toxic; 1] = [("timeout", || json!({"timeout": 0}))];
/// Milliseconds, and KiB a second.
const SLOW: [Toxic; 2] =
    [("latency", || json!({"latency": 100, "jitter": 50})), ("bandwidth", || json!({"rate": 512}))];
const RESET: [Toxic; 1] = [("reset_peer", || json!({"timeout": 0}))];

fn cut(scene: &mut Scene, link: Link, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.proxy(link).disable().await?;
        sleep(length).await;
        scene.world.proxy(link).enable().await
    }
    .boxed_local()
}

fn toxic<'a>(
    scene: &'a mut Scene,
    link: Link,
    length: Duration,
    toxics: &'static [Toxic],
) -> LocalBoxFuture<'a, Result<()>> {
    async move {
        let proxy = scene.world.proxy(link);
        for (kind, attributes) in toxics {
            proxy.add_toxic(kind, attributes()).await?;
        }
        sleep(length).await;
        proxy.remove_toxics().await
    }
    .boxed_local()
}
