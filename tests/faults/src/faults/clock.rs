//! The wall clock jumps while a worker and the dispatcher run: an hour ahead, an hour back.

use super::Fault;
use crate::scene::Scene;
use anyhow::Result;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::time::Duration;
use tokio::time::sleep;

pub(super) const FAULTS: &[Fault] = &[Fault::new("clock stepped", stepped)];

/// The steps, as libfaketime writes offsets.
const STEPS: [&str; 3] = ["+3600", "-3600", "+0"];

fn stepped(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let Some(library) = library() else {
            scene.skip("clock stepped", "libfaketime is not installed");
            return Ok(());
        };
        let worker = scene.some_worker();
        let clock = scene.world.scratch().join("clock");
        std::fs::write(&clock, "+0")?;
        let environment = [
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", &clock.to_string_lossy()),
            ("FAKETIME_NO_CACHE", "1"),
            // A step is of the wall clock alone.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        scene.world.workers[worker].restart_with(&environment).await?;
        scene.world.dispatcher.restart_with(&environment).await?;
        for step in STEPS {
            std::fs::write(&clock, step)?;
            sleep(length / 3).await;
        }
        scene.world.workers[worker].restart_with(&[]).await?;
        scene.world.dispatcher.restart_with(&[]).await
    }
    .boxed_local()
}

/// Debian's package `libfaketime`; its multi-threaded build.
fn library() -> Option<&'static str> {
    [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    ]
    .into_iter()
    .find(|path| std::path::Path::new(path).exists())
}
