//! Events that are handled alone wait for no other.

use crate::support::{
    CONCURRENCY, GAMMA, MARKS, Shop, eventually, impatient, one_pool, paused_pool, shop, shop_with,
};
use pawnshop_domain::EventId;
use pawnshop_messaging::Broker;
use pawnshop_scaling::Backlog;
use pawnshop_worker::FleetOptions;
use std::time::Duration;

/// A shop whose handlers may wait for as long as a test takes.
fn patient(options: &mut FleetOptions) {
    options.deadlines.handler = Duration::from_secs(20);
    options.busy_after = Duration::from_millis(50);
}

/// Those of these events whose handling has begun.
async fn begun(shop: &Shop, ids: &[EventId]) -> usize {
    let marks: Vec<String> = ids.iter().map(|id| format!("begun {id}")).collect();
    shop.store.inner().get_many(&MARKS, &marks).await.unwrap().len()
}

async fn backlog(shop: &Shop) -> Backlog {
    shop.broker.inner().backlog(&GAMMA).await
}

#[tokio::test]
async fn whoever_is_quick_is_settled_while_another_still_waits() {
    let shop = shop_with(paused_pool(), patient).await;
    let slow = shop.publish(&GAMMA, &["wait"]).await;
    let quick = shop.publish(&GAMMA, &["good"; 50]).await;
    shop.resume();
    shop.wait_applied(&quick).await;
    eventually("all others are settled", async || backlog(&shop).await == Backlog::Known(1)).await;
    assert!(shop.applied(&slow).await.is_empty());
    shop.mark("go on", true).await;
    assert_eq!(shop.wait_applied(&slow).await, [0]);
    shop.wait_empty().await;
}

#[tokio::test]
async fn no_more_than_may_be_are_in_hand_and_they_make_one_worker_busy() {
    let shop = shop_with(one_pool(), patient).await;
    let ids = shop.publish(&GAMMA, &["wait"; 20]).await;
    eventually("as many as may be are begun", async || begun(&shop, &ids).await == CONCURRENCY.get()).await;
    eventually("the worker is busy", async || shop.fleet.status().busy_workers == 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(begun(&shop, &ids).await, CONCURRENCY.get());
    assert_eq!(backlog(&shop).await, Backlog::Known(20));
    shop.mark("go on", true).await;
    assert_eq!(shop.wait_applied(&ids).await, [0; 20]);
    shop.wait_empty().await;
    eventually("nobody is busy", async || shop.fleet.status().busy_workers == 0).await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_finishes_what_it_has_begun_and_begins_no_more() {
    let shop = shop_with(one_pool(), patient).await;
    let ids = shop.publish(&GAMMA, &["wait"; 6]).await;
    eventually("some are begun", async || begun(&shop, &ids).await == CONCURRENCY.get()).await;
    shop.fleet.stop_consuming();
    shop.mark("go on", true).await;
    shop.fleet.shutdown().await;
    assert_eq!(shop.applied(&ids).await.len(), CONCURRENCY.get());
    assert_eq!(backlog(&shop).await, Backlog::Known(2));
}

#[tokio::test]
async fn an_outside_service_that_is_down_is_asked_until_it_answers_and_counts_against_no_event() {
    let shop = shop(one_pool()).await;
    shop.mark("mailer down", true).await;
    let ids = shop.publish(&GAMMA, &["mail"; 20]).await;
    eventually("the outage is noticed", async || shop.fleet.status().unavailable == ["mailer"]).await;
    // Many times as long as all delay tiers.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(shop.fleet.status().unavailable, ["mailer"], "it is asked before an event is tried");
    shop.mark("mailer down", false).await;
    assert_eq!(shop.wait_applied(&ids).await, [0; 20]);
    shop.wait_empty().await;
    assert!(shop.list().await.is_empty());
}

#[tokio::test]
async fn those_that_an_outside_service_refuses_again_and_again_hold_up_no_other() {
    let shop = shop(paused_pool()).await;
    shop.publish(&GAMMA, &["refused"; 5 * CONCURRENCY.get()]).await;
    let good = shop.publish(&GAMMA, &["good"; 20]).await;
    shop.resume();
    assert_eq!(shop.wait_applied(&good).await, [0; 20]);
    let refused = Backlog::Known(5 * CONCURRENCY.get() as u64);
    eventually("the refused are left", async || backlog(&shop).await == refused).await;
}

#[tokio::test]
async fn those_that_fail_by_themselves_fail_alone_and_bytes_that_are_no_event_are_filed() {
    let shop = shop_with(one_pool(), impatient).await;
    let subjects = ["good", "panic", "good", "hang", "garbage", "reject", "poison", "good"];
    let ids = shop.publish(&GAMMA, &subjects).await;
    assert_eq!(shop.wait_applied(&[ids[0], ids[2], ids[7]]).await, [0; 3]);
    let letters = shop.wait_letters(4).await;
    let mut attempts: Vec<_> = letters.iter().map(|letter| letter.attempts).collect();
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 3, 3, 3], "{letters:?}");
    shop.wait_outcome(ids[5], "").await;
    shop.wait_empty().await;
}

#[tokio::test]
async fn settlements_that_fail_bring_events_again_and_none_twice_into_effect() {
    let shop = shop(one_pool()).await;
    shop.broker.switches().settle.fail();
    let ids = shop.publish(&GAMMA, &["good"; 20]).await;
    eventually("some are applied", async || !shop.applied(&ids).await.is_empty()).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    shop.broker.switches().settle.work();
    assert_eq!(shop.wait_applied(&ids).await, [0; 20]);
    shop.wait_empty().await;
}
