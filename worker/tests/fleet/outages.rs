//! A failing dependency counts against no event (D2).

use crate::support::{
    ALPHA, BETA, Shop, eventually, failing, hanging, impatient, one_pool, paused_pool, refusing_declarations,
    shop, shop_after, shop_with,
};
use pawnshop_messaging::Broker;
use pawnshop_rpc::v1::ListDeadLettersRequest;
use pawnshop_scaling::Backlog;
use pawnshop_store::faulty::{Call, Fault, Method};
use std::time::Duration;
use tonic::Code;

/// More than the probes and tiers of these tests, many times over: an outage that would have used up every
/// tier of every event.
const OUTAGE: Duration = Duration::from_millis(1_500);

async fn stands_still(shop: &Shop, dependency: &'static str) {
    eventually("the outage is noticed", async || shop.fleet.status().unavailable.contains(&dependency)).await;
    tokio::time::sleep(OUTAGE).await;
    assert_eq!(shop.fleet.status().unavailable, [dependency]);
}

/// Breaks something before any worker of a paused shop sees the events, for long; then mends it.
async fn survives(shop: Shop, breaking: impl Fn(&Shop), mending: impl Fn(&Shop), dependency: &'static str) {
    let mut ids = shop.publish(&ALPHA, &["good"; 50]).await;
    ids.extend(shop.publish(&BETA, &["good"; 50]).await);
    breaking(&shop);
    shop.resume();
    stands_still(&shop, dependency).await;
    mending(&shop);
    assert_eq!(shop.wait_applied(&ids).await, [0; 100], "no event counts an attempt");
    shop.wait_empty().await;
    assert!(shop.list().await.is_empty());
    eventually("the recovery is noticed", async || shop.fleet.status().unavailable.is_empty()).await;
}

#[tokio::test]
async fn a_store_that_fails_leaves_attempts_untouched() {
    let shop = shop(paused_pool()).await;
    survives(shop, |shop| shop.store.fault(failing), |shop| shop.store.heal(), "store").await;
}

#[tokio::test]
async fn a_store_that_hangs_leaves_attempts_untouched() {
    let shop = shop_with(paused_pool(), impatient).await;
    survives(shop, |shop| shop.store.fault(hanging), |shop| shop.store.heal(), "store").await;
}

#[tokio::test]
async fn a_broker_that_fails_leaves_attempts_untouched() {
    let breaking = |shop: &Shop| shop.broker.switches().all.fail();
    survives(shop(paused_pool()).await, breaking, |shop| shop.broker.switches().all.work(), "broker").await;
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
    let outcomes = |call: &Call| call.method == Method::InsertMany && call.collection == Some("outcomes");
    shop.store.fault(move |call| outcomes(call).then(Fault::unavailable));
    shop.resume();
    shop.wait_applied(&ids[..1]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(shop.outcome(ids[1], "").await, None);
    shop.store.heal();
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

#[tokio::test]
async fn a_store_that_answers_probes_and_hangs_on_writes_leaves_attempts_untouched() {
    let shop = shop_with(paused_pool(), |options| options.deadlines.store = Duration::from_millis(400)).await;
    let ids = shop.publish(&ALPHA, &["good"; 50]).await;
    shop.store.fault(|call| (call.method == Method::InsertMany).then_some(Fault::Hang));
    shop.resume();
    eventually("the outage is noticed", async || shop.fleet.status().unavailable.contains(&"store")).await;
    tokio::time::sleep(OUTAGE).await;
    shop.store.heal();
    assert_eq!(shop.wait_applied(&ids).await, [0; 50]);
    shop.wait_empty().await;
    assert!(shop.list().await.is_empty());
}

#[tokio::test]
async fn a_store_that_is_too_slow_for_large_batches_gets_smaller_ones() {
    let shop = shop(paused_pool()).await;
    let ids = shop.publish(&ALPHA, &["good"; 200]).await;
    shop.store.fault(|call| (call.documents > 10).then(Fault::unavailable));
    shop.resume();
    assert_eq!(shop.wait_applied(&ids).await, [0; 200]);
    shop.wait_empty().await;
    assert!(shop.list().await.is_empty());
}

#[tokio::test]
async fn while_a_dependency_is_down_nobody_holds_an_event() {
    let shop = shop(paused_pool()).await;
    shop.publish(&ALPHA, &["good"; 50]).await;
    shop.store.fault(failing);
    shop.resume();
    stands_still(&shop, "store").await;
    let mut another = None;
    eventually("another consumer gets all of them", async || {
        let consumer = shop.broker.inner().consume(&[ALPHA]).await.unwrap();
        let received = consumer.receive(100).await.unwrap().len();
        another = Some(consumer);
        received == 50
    })
    .await;
    assert_eq!(shop.broker.inner().backlog(&ALPHA).await, Backlog::Known(50));
}

#[tokio::test]
async fn a_fleet_starts_without_its_store_and_works_once_it_is_there() {
    for fault in [failing, hanging] {
        let shop = shop_after(one_pool(), |_, store| store.fault(fault)).await;
        assert_eq!(shop.fleet.status().unavailable, ["store"]);
        assert!(!shop.fleet.can_read());
        let request = ListDeadLettersRequest { limit: 1, ..Default::default() };
        let refused = shop.letters().list(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        shop.store.heal();
        eventually("it can read", async || shop.fleet.can_read()).await;
        let ids = shop.publish(&ALPHA, &["good"; 10]).await;
        assert_eq!(shop.wait_applied(&ids).await, [0; 10]);
        assert!(shop.list().await.is_empty());
    }
}

#[tokio::test]
async fn a_fleet_starts_without_its_broker_and_works_once_it_is_there() {
    for hanging in [false, true] {
        let shop = shop_after(one_pool(), |broker, _| {
            let all = &broker.switches().all;
            if hanging { all.hang() } else { all.fail() }
        })
        .await;
        assert_eq!(shop.fleet.status().unavailable, ["broker"]);
        assert!(shop.list().await.is_empty(), "reads need no broker");
        shop.broker.switches().all.work();
        eventually("it is noticed", async || shop.fleet.status().unavailable.is_empty()).await;
        let ids = shop.publish(&ALPHA, &["good"; 10]).await;
        assert_eq!(shop.wait_applied(&ids).await, [0; 10]);
    }
}

#[tokio::test]
async fn a_dependency_that_comes_back_and_refuses_stays_down_until_somebody_mends_it() {
    let shop = shop_after(one_pool(), |_, store| store.fault(failing)).await;
    shop.store.fault(refusing_declarations);
    stands_still(&shop, "store").await;
    assert!(!shop.fleet.can_read());
    shop.store.heal();
    eventually("it can read", async || shop.fleet.can_read()).await;
    eventually("its flows go on", async || shop.fleet.status().unavailable.is_empty()).await;
}
