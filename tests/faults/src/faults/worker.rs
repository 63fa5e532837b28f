//! Workers: killed in mid-batch, told to end under load, hung.

use super::Fault;
use crate::scene::Scene;
use anyhow::Result;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::time::Duration;
use tokio::time::sleep;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("worker killed in mid-batch", killed).reads_go_on(),
    Fault::new("worker told to end under load", terminated).reads_go_on(),
    Fault::new("worker hung", hung).reads_go_on(),
    Fault::new("every worker killed", all_killed),
];

fn killed(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let worker = scene.some_worker();
        scene.world.workers[worker].kill().await?;
        sleep(length).await;
        scene.world.workers[worker].start().await
    }
    .boxed_local()
}

/// G5: it ends by itself, in order, and nothing is lost or repeated.
fn terminated(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let worker = scene.some_worker();
        let orderly = scene.world.workers[worker].terminate().await?;
        scene.demand(orderly, || "a worker that was told to end did not end in order".to_owned());
        sleep(length).await;
        scene.world.workers[worker].start().await
    }
    .boxed_local()
}

fn hung(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let worker = scene.some_worker();
        scene.world.workers[worker].pause()?;
        sleep(length).await;
        scene.world.workers[worker].resume()
    }
    .boxed_local()
}

fn all_killed(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        for worker in &mut scene.world.workers {
            worker.kill().await?;
        }
        sleep(length).await;
        for worker in &mut scene.world.workers {
            worker.start().await?;
        }
        Ok(())
    }
    .boxed_local()
}
