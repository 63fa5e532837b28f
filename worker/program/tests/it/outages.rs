//! A store that is away counts against no event, however short the tiers are (decision D2).

use crate::support::{Servers, eventually};
use pawnshop_servers::{Mongo, skip};
use std::time::Duration;

/// Tiers that an outage would be through with many times over.
const HASTY: [&str; 4] = ["--retry-delays", "100ms,100ms", "--handler-deadline", "2s"];

const OUTAGE: Duration = Duration::from_secs(5);

async fn own_store(test: &str) -> Option<(Servers, Mongo)> {
    let mut servers = Servers::find(test).await?;
    match Mongo::start().await {
        Ok(store) => {
            store.uri().clone_into(&mut servers.store);
            Some((servers, store))
        }
        Err(error) => {
            skip(test, &format!("{error:#}"));
            None
        }
    }
}

#[tokio::test]
async fn a_killed_store_costs_no_event_an_attempt() {
    let Some((servers, mut store)) = own_store("a_killed_store_costs_no_event_an_attempt").await else {
        return;
    };
    let dispatcher = servers.buying().await;
    let worker = servers.worker(&HASTY).await;
    worker.wait_ready().await;
    let mut ids = dispatcher.buys(200).await;
    store.kill().await.unwrap();
    ids.extend(dispatcher.buys(200).await);
    eventually("the outage shows", async || worker.get("/readyz").await.0 == 503).await;
    tokio::time::sleep(OUTAGE).await;
    assert_eq!(worker.get("/healthz").await.0, 200);
    store.restart().await.unwrap();
    worker.wait_ready().await;
    worker.wait_applied(&ids).await;
    assert!(worker.letters().await.is_empty());
    assert_eq!(worker.metric("pawnshop_worker_settled_total", "retried").await, 0.0);
}

#[tokio::test]
async fn a_store_that_hangs_costs_no_event_an_attempt() {
    let Some((servers, mut store)) = own_store("a_store_that_hangs_costs_no_event_an_attempt").await else {
        return;
    };
    let dispatcher = servers.buying().await;
    let worker = servers.worker(&HASTY).await;
    worker.wait_ready().await;
    store.pause().unwrap();
    let ids = dispatcher.buys(200).await;
    eventually("the outage shows", async || {
        worker.metric("pawnshop_worker_dependency_up", "store").await == 0.0
            && worker.log().contains("a dependency is down")
    })
    .await;
    tokio::time::sleep(OUTAGE).await;
    store.resume().unwrap();
    worker.wait_ready().await;
    worker.wait_applied(&ids).await;
    assert!(worker.letters().await.is_empty());
    assert_eq!(worker.metric("pawnshop_worker_settled_total", "retried").await, 0.0);
}
