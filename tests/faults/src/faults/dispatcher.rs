//! The dispatcher: killed, or told to end, under load; it starts again on the same port.

use super::Fault;
use crate::scene::Scene;
use anyhow::Result;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::time::Duration;
use tokio::time::sleep;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("dispatcher killed under load", killed),
    Fault::new("dispatcher told to end under load", terminated),
];

fn killed(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.dispatcher.kill().await?;
        sleep(length).await;
        scene.world.dispatcher.start().await
    }
    .boxed_local()
}

fn terminated(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let orderly = scene.world.dispatcher.terminate().await?;
        scene.demand(orderly, || "a dispatcher that was told to end did not end in order".to_owned());
        sleep(length).await;
        scene.world.dispatcher.start().await
    }
    .boxed_local()
}
