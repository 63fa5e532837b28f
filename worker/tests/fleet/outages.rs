//! A failing dependency counts against no event (D2).

use crate::support::{ALPHA, BETA, Shop, Switch, eventually, one_pool, paused_pool, shop};
use std::time::Duration;

/// More than the probes and deadlines of these tests, many times over: an outage that would have used up every
/// tier of every event.
const OUTAGE: Duration = Duration::from_millis(1_500);

async fn stands_still(shop: &Shop, dependency: &'static str) {
    eventually("the outage is noticed", async || shop.fleet.status().unavailable.contains(&dependency)).await;
    tokio::time::sleep(OUTAGE).await;
    assert_eq!(shop.fleet.status().unavailable, [dependency]);
}

/// Breaks something before any worker sees the events, for long; then mends it.
async fn survives(breaking: impl Fn(&Shop), switch: impl Fn(&Shop) -> &Switch, dependency: &'static str) {
    let shop = shop(paused_pool()).await;
    let mut ids = shop.publish(&ALPHA, &["good"; 50]).await;
    ids.extend(shop.publish(&BETA, &["good"; 50]).await);
    breaking(&shop);
    shop.resume();
    stands_still(&shop, dependency).await;
    switch(&shop).work();
    assert_eq!(shop.wait_applied(&ids).await, [0; 100], "no event counts an attempt");
    shop.wait_empty().await;
    assert!(shop.list().await.is_empty());
    eventually("the recovery is noticed", async || shop.fleet.status().unavailable.is_empty()).await;
}

#[tokio::test]
async fn a_store_that_fails_leaves_attempts_untouched() {
    survives(|shop| shop.store.all.fail(), |shop| &shop.store.all, "store").await;
}

#[tokio::test]
async fn a_store_that_hangs_leaves_attempts_untouched() {
    survives(|shop| shop.store.all.hang(), |shop| &shop.store.all, "store").await;
}

#[tokio::test]
async fn a_broker_that_fails_leaves_attempts_untouched() {
    survives(|shop| shop.broker.switches().all.fail(), |shop| &shop.broker.switches().all, "broker").await;
}

#[tokio::test]
async fn settlements_that_fail_leave_attempts_untouched() {
    let shop = shop(paused_pool()).await;
    let ids = shop.publish(&ALPHA, &["good", "poison", "good"]).await;
    shop.broker.switches().settle.fail();
    shop.resume();
    shop.wait_applied(&[ids[0], ids[2]]).await;
    tokio::time::sleep(OUTAGE).await;
    assert!(shop.list().await.is_empty());
    shop.broker.switches().settle.work();
    assert_eq!(shop.wait_letters(1).await[0].attempts, 3);
    shop.wait_empty().await;
}

#[tokio::test]
async fn nothing_ends_before_its_outcome_is_written() {
    let shop = shop(paused_pool()).await;
    let ids = shop.publish(&ALPHA, &["good", "reject", "garbage"]).await;
    shop.store.outcomes.fail();
    shop.resume();
    shop.wait_applied(&ids[..1]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(shop.outcome(ids[1], "").await, None);
    shop.store.outcomes.work();
    shop.wait_outcome(ids[1], "").await;
    shop.wait_letters(1).await;
    shop.wait_empty().await;
}

#[tokio::test]
async fn an_outside_service_stops_only_the_flow_that_needs_it() {
    let shop = shop(one_pool()).await;
    shop.mark("mailer down", true).await;
    let waiting = shop.publish(&ALPHA, &["mail"]).await;
    eventually("the outage is noticed", async || !shop.fleet.status().unavailable.is_empty()).await;
    let others = shop.publish(&BETA, &["good"; 10]).await;
    shop.wait_applied(&others).await;
    assert!(shop.applied(&waiting).await.is_empty());
    shop.mark("mailer down", false).await;
    assert_eq!(shop.wait_applied(&waiting).await, [0]);
    shop.wait_empty().await;
}
