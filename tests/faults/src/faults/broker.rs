//! The broker: gone, frozen, full, or at odds with its administrator.

use super::Fault;
use crate::kind::Kind;
use crate::scene::Scene;
use crate::shop::Answered;
use anyhow::{Result, ensure};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::time::{Duration, Instant};
use tokio::time::sleep;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("broker killed and restarted", killed),
    Fault::new("broker stopped", stopped).outage(),
    Fault::new("broker frozen", frozen),
    Fault::new("broker's memory alarm", alarm),
    Fault::new("connections closed by the administrator", connections_closed),
    Fault::new("queue deleted while running", queue_deleted),
];

/// How soon a blocked broker must show in an answer, and how soon that answer must be there.
const AT_ONCE: Duration = Duration::from_secs(1);
const SHOWS: Duration = Duration::from_secs(10);
/// Of a queue with so few messages, nothing is older than this.
const FEW: u64 = 200;
const RECENT: Duration = Duration::from_secs(30);

fn killed(scene: &mut Scene, _: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.broker.kill().await?;
        scene.world.broker.restart().await
    }
    .boxed_local()
}

fn stopped(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.rabbitmqctl(&["stop_app"]).await?;
        sleep(length).await;
        scene.world.rabbitmqctl(&["start_app"]).await?;
        Ok(())
    }
    .boxed_local()
}

fn frozen(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.broker.pause()?;
        sleep(length).await;
        scene.world.broker.resume()
    }
    .boxed_local()
}

/// Publishers are blocked, consumers are not: writes are refused at once, and the backlog falls (decision D9).
fn alarm(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.freeze_workers()?;
        sleep(Duration::from_secs(1)).await;
        scene.world.rabbitmqctl(&["set_vm_memory_high_watermark", "0.0000001"]).await?;
        let checked = blocked(scene, length).await;
        scene.world.thaw_workers()?;
        scene.world.rabbitmqctl(&["set_vm_memory_high_watermark", "0.6"]).await?;
        checked
    }
    .boxed_local()
}

async fn blocked(scene: &mut Scene, length: Duration) -> Result<()> {
    let began = Instant::now();
    loop {
        let asked = Instant::now();
        if scene.write_once().await == Answered::Refused {
            let took = asked.elapsed();
            scene
                .demand(took <= AT_ONCE, || format!("during the alarm a write was refused after {took:.1?}"));
            break;
        }
        ensure!(began.elapsed() < SHOWS, "writes are accepted {SHOWS:?} into a memory alarm");
        sleep(Duration::from_millis(100)).await;
    }
    // Nothing comes any more, and so far nobody has taken anything.
    let before = scene.world.queued().await?;
    scene.world.thaw_workers()?;
    sleep(length).await;
    let thawed = Instant::now();
    let mut after = scene.world.queued().await?;
    while after >= before && before > 0 && thawed.elapsed() < SHOWS {
        sleep(Duration::from_millis(200)).await;
        after = scene.world.queued().await?;
    }
    scene.demand(after < before || before == 0, || {
        format!("the backlog went from {before} to {after} messages during the alarm")
    });
    Ok(())
}

fn connections_closed(scene: &mut Scene, _: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.rabbitmqctl(&["close_all_connections", "a test of faults"]).await?;
        Ok(())
    }
    .boxed_local()
}

/// What sat in the queue is gone with it and counted apart; what is sent from the deletion on holds (decision D6).
fn queue_deleted(scene: &mut Scene, _: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        // Of what was sent long before, nothing may be excused by this.
        scene.world.drained_below(FEW).await?;
        let queue = scene.world.queue(Kind::Buy);
        let deleted = scene.world.rabbitmqctl(&["delete_queue", &queue]).await;
        scene.ledger.queue_deleted(Kind::Buy, RECENT);
        deleted.map(|_| ())
    }
    .boxed_local()
}
