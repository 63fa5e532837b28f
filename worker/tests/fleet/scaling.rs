//! Pools follow their backlog and lose nothing on the way.

use crate::support::{ALPHA, BETA, Shop, eventually, one_pool, shop, shop_after, shop_with};
use pawnshop_domain::EventId;
use pawnshop_messaging::Broker;
use pawnshop_scaling::{Backlog, Limits};
use pawnshop_worker::{FleetOptions, PoolOptions};
use std::num::NonZeroU32;
use std::time::Duration;

fn pool(min: u32, max: u32) -> PoolOptions {
    let backlog_per_worker = NonZeroU32::new(100).unwrap();
    PoolOptions { limits: Limits { min, max, backlog_per_worker }, ..one_pool() }
}

/// A shop whose handlers may wait for as long as a test takes, and are waited for at a shutdown.
fn patient(options: &mut FleetOptions) {
    options.deadlines.handler = Duration::from_secs(60);
    options.deadlines.drain = Duration::from_secs(60);
}

/// Publishes an event whose handling waits for the mark `go on`, and has begun.
async fn waiting(shop: &Shop) -> Vec<EventId> {
    let ids = shop.publish(&ALPHA, &["wait"]).await;
    let begun = format!("begun {}", ids[0]);
    eventually("it is being handled", async || shop.is_marked(&begun).await).await;
    ids
}

#[tokio::test]
async fn a_pool_scales_out_and_in_by_its_backlog_without_loss() {
    let shop = shop_with(pool(1, 5), |options| options.batch = 20).await;
    eventually("one worker waits", async || shop.workers() == 1).await;
    let mut ids: Vec<EventId> = Vec::new();
    for flow in [ALPHA, BETA] {
        let mut subjects = vec!["good"; 300];
        subjects.extend(["slow"; 50]);
        ids.extend(shop.publish(&flow, &subjects).await);
    }
    eventually("five workers are at it", async || shop.workers() == 5).await;
    assert_eq!(shop.wait_applied(&ids).await, [0; 700]);
    shop.wait_empty().await;
    eventually("one worker is left", async || shop.workers() == 1).await;
    assert!(shop.list().await.is_empty());
}

#[tokio::test]
async fn a_pool_does_not_scale_in_within_its_window() {
    let window = Duration::from_secs(600);
    let shop = shop(PoolOptions { stabilisation: window, ..pool(1, 5) }).await;
    let ids = shop.publish(&ALPHA, &["slow"; 500]).await;
    eventually("five workers are at it", async || shop.workers() == 5).await;
    shop.wait_applied(&ids).await;
    eventually("it is idle", async || shop.fleet.status().pools[0].backlog == Backlog::Known(0)).await;
    assert_eq!(shop.workers(), 5);
}

#[tokio::test]
async fn a_pool_with_nothing_to_do_sleeps_and_wakes() {
    let shop = shop(pool(0, 5)).await;
    eventually("the first sample", async || shop.fleet.status().pools[0].backlog == Backlog::Known(0)).await;
    assert_eq!(shop.workers(), 0);
    let ids = shop.publish(&ALPHA, &["good"]).await;
    shop.wait_applied(&ids).await;
    eventually("it sleeps again", async || shop.workers() == 0).await;
}

#[tokio::test]
async fn a_backlog_that_cannot_be_read_scales_nothing_in() {
    let shop = shop_with(PoolOptions { stabilisation: Duration::ZERO, ..pool(0, 5) }, |options| {
        patient(options);
        options.deadlines.broker = Duration::from_millis(800);
    })
    .await;
    let ids = shop.publish(&ALPHA, &["wait"; 10]).await;
    eventually("a worker is at it", async || shop.workers() == 1).await;
    shop.broker.switches().backlog.hang();
    let unknown = || matches!(shop.fleet.status().pools[0].backlog, Backlog::Unknown(_));
    // A reading that began before may still say what was there.
    eventually("the backlog is unknown", async || unknown()).await;
    shop.mark("go on", true).await;
    shop.wait_applied(&ids).await;
    shop.wait_empty().await;
    let read_at = || shop.fleet.status().pools[0].read_at;
    let before = read_at();
    eventually("it was read in vain once more", async || read_at() != before).await;
    assert!(unknown());
    assert_eq!(shop.workers(), 1);
    shop.broker.switches().backlog.work();
    eventually("it sleeps", async || shop.workers() == 0).await;
}

#[tokio::test]
async fn shutting_down_settles_what_is_held() {
    let shop = shop_with(one_pool(), patient).await;
    let ids = waiting(&shop).await;
    assert!(shop.applied(&ids).await.is_empty());
    // In this order: the event ends after the shutdown has begun.
    tokio::join!(biased; shop.fleet.shutdown(), shop.mark("go on", true));
    assert_eq!(shop.applied(&ids).await.len(), 1);
    assert_eq!(shop.broker.inner().backlog(&ALPHA).await, Backlog::Known(0));
    let later = shop.publish(&ALPHA, &["good"]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(shop.applied(&later).await.is_empty(), "nobody consumes any more");
}

#[tokio::test]
async fn shutting_down_ends_at_its_deadline_and_what_is_left_comes_again() {
    let shop = shop_with(one_pool(), |options| {
        options.deadlines.handler = Duration::from_secs(60);
        options.deadlines.drain = Duration::from_millis(100);
    })
    .await;
    shop.publish(&ALPHA, &["hang"]).await;
    eventually("it is sampled", async || shop.fleet.status().pools[0].backlog == Backlog::Known(1)).await;
    tokio::time::timeout(Duration::from_secs(5), shop.fleet.shutdown()).await.unwrap();
    assert_eq!(shop.broker.inner().backlog(&ALPHA).await, Backlog::Known(1));
}

#[tokio::test]
async fn a_paused_pool_applies_nothing_and_goes_on_when_it_is_resumed() {
    let shop = shop(one_pool()).await;
    eventually("one worker waits", async || shop.workers() == 1).await;
    shop.fleet.set_paused("all", true).unwrap();
    eventually("no worker is left", async || shop.workers() == 0).await;
    let ids = shop.publish(&ALPHA, &["good"; 10]).await;
    eventually("the backlog is seen", async || shop.fleet.status().pools[0].backlog == Backlog::Known(10))
        .await;
    assert!(shop.applied(&ids).await.is_empty());
    assert!(shop.fleet.status().pools[0].paused);
    shop.resume();
    shop.wait_applied(&ids).await;
    assert!(shop.fleet.set_paused("none", true).is_err());
}

#[tokio::test]
async fn a_fixed_pool_waits_for_no_backlog() {
    let shop = shop_after(pool(2, 2), |broker, _| broker.switches().backlog.hang()).await;
    let ids = shop.publish(&ALPHA, &["good"; 10]).await;
    shop.wait_applied(&ids).await;
    let status = &shop.fleet.status().pools[0];
    assert_eq!(status.workers, 2);
    assert!(matches!(status.backlog, Backlog::Unknown(_)), "{:?}", status.backlog);
    shop.fleet.set_paused("all", true).unwrap();
    eventually("no worker is left", async || shop.workers() == 0).await;
}

#[tokio::test]
async fn a_worker_that_lingers_fills_its_batch() {
    let shop = shop_with(one_pool(), |options| {
        options.linger = Duration::from_secs(20);
        options.batch = 3;
    })
    .await;
    for _ in 0..3 {
        shop.publish(&ALPHA, &["together"]).await;
    }
    eventually("all three are handled at once", async || shop.is_marked("3 together").await).await;
}

#[tokio::test]
async fn a_worker_lingers_no_longer_than_it_is_told() {
    let shop = shop_with(one_pool(), |options| options.linger = Duration::from_millis(50)).await;
    let ids = shop.publish(&ALPHA, &["good"]).await;
    shop.wait_applied(&ids).await;
}

#[tokio::test]
async fn a_worker_that_holds_a_batch_for_long_is_busy() {
    let shop = shop_with(one_pool(), |options| {
        patient(options);
        options.busy_after = Duration::from_millis(100);
    })
    .await;
    assert_eq!(shop.fleet.status().busy_workers, 0);
    waiting(&shop).await;
    eventually("it is busy", async || shop.fleet.status().busy_workers == 1).await;
    shop.mark("go on", true).await;
    eventually("it is not any more", async || shop.fleet.status().busy_workers == 0).await;
}

#[tokio::test]
async fn reads_are_answered_while_consumers_stop_and_after() {
    let shop = shop_with(one_pool(), patient).await;
    let ids = waiting(&shop).await;
    shop.fleet.stop_consuming();
    assert_eq!(shop.outcome(ids[0], "").await, None);
    shop.mark("go on", true).await;
    shop.wait_outcome(ids[0], "").await;
    shop.fleet.shutdown().await;
    assert!(shop.outcome(ids[0], "").await.is_some());
    let later = shop.publish(&ALPHA, &["good"]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(shop.applied(&later).await.is_empty(), "nobody consumes any more");
}
