//! The store: gone, frozen, failing whole commands, or refusing single documents.

use super::Fault;
use crate::kind::Kind;
use crate::scene::Scene;
use anyhow::Result;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use mongodb::bson::{Document, doc};
use std::time::Duration;
use tokio::time::sleep;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("store killed and restarted", killed),
    Fault::new("store stopped", stopped).outage(),
    Fault::new("store frozen", frozen),
    Fault::new("store's commands fail", commands_fail).fail_points(),
    Fault::new("store closes its connections", connections_closed).fail_points(),
    Fault::new("store loses its write concern", write_concern_fails).fail_points(),
    Fault::new("store refuses single documents", documents_refused),
];

/// "The node is not the primary": what a failover answers.
const NOT_WRITABLE_PRIMARY: i32 = 10_107;
/// "Write concern failed": written here, not known to be written elsewhere.
const WRITE_CONCERN_FAILED: i32 = 64;

fn killed(scene: &mut Scene, _: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.store.kill().await?;
        scene.world.store.restart().await
    }
    .boxed_local()
}

fn stopped(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.store.kill().await?;
        sleep(length).await;
        scene.world.store.restart().await
    }
    .boxed_local()
}

fn frozen(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.store.pause()?;
        sleep(length).await;
        scene.world.store.resume()
    }
    .boxed_local()
}

fn commands_fail(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    failing(
        scene,
        length,
        doc! {"failCommands": ["insert", "update", "find"], "errorCode": NOT_WRITABLE_PRIMARY},
    )
}

fn connections_closed(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    failing(scene, length, doc! {"failCommands": ["insert", "update", "find"], "closeConnection": true})
}

fn write_concern_fails(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    let error = doc! {"code": WRITE_CONCERN_FAILED, "errmsg": "a test of faults"};
    failing(scene, length, doc! {"failCommands": ["insert", "update"], "writeConcernError": error})
}

fn failing(scene: &mut Scene, length: Duration, what: Document) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        scene.world.store.fail_commands("alwaysOn", what).await?;
        sleep(length).await;
        scene.world.store.heal_commands().await
    }
    .boxed_local()
}

/// One document in ten is refused for its content: its event's own failure, which waits in a tier, and its
/// neighbours' not at all. They are taken again in the end, before the last tier has been walked.
fn documents_refused(scene: &mut Scene, length: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let client = scene.world.store.client().await?;
        let database = client.database(scene.world.database());
        let rule = |validator: Document| doc! {"collMod": Kind::Sell.collection(), "validator": validator};
        database.run_command(rule(doc! {"price": {"$not": {"$mod": [10, 7]}}})).await?;
        sleep(length).await;
        database.run_command(rule(doc! {})).await?;
        Ok(())
    }
    .boxed_local()
}
