use super::shop::{LONG, QUICK, Shop};
use crate::support::{World, eventually};
use pawnshop_messaging::contract::flow;
use pawnshop_messaging::{Settlement, Tier};
use pawnshop_operator::kind::Kind;
use pawnshop_servers::Rabbit;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_follows_its_backlog_sleeps_and_wakes_at_the_first_event() {
    const TEST: &str = "scaling::rules::a_pool_follows_its_backlog_sleeps_and_wakes_at_the_first_event";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::new(TEST).await else { return };
    let rabbit = Rabbit::shared().await.unwrap();
    let shop = Shop::new(&world, rabbit, "town").await;
    let _operator = world.operator_that("one", &QUICK).await;

    shop.becomes("items", 1).await;
    shop.becomes("sales", 0).await;
    world.told("town", "ScalingActive", "Following").await;

    let woken = shop.wakes("sales", "buy-actions").await;
    println!("a pool of 0 is scaled to 1 {woken:?} after its first event is confirmed");
    shop.publish(&flow("item"), 200).await;
    shop.becomes("items", 5).await;

    // A trickle, each event of it gone before anybody looks: nothing waits, but something was handled. For longer than
    // it takes to know that a queue is empty (5 s for its statistics, and 10 s) and an idle pool to fall asleep (10 s).
    let clerk = shop.consumer("buy-actions").await;
    for number in 0..40 {
        shop.publish(&flow("buy-actions"), 1).await;
        // The event that woke the pool is still there.
        let mut left = if number == 0 { 2 } else { 1 };
        while left > 0 {
            let received = clerk.receive(left).await.unwrap();
            left -= received.len();
            let done = received.iter().map(|received| (received.receipt, Settlement::Done)).collect();
            clerk.settle(done).await.unwrap();
        }
        assert_eq!(shop.workers("sales").await, Some(1), "after {number} events");
        sleep(Duration::from_secs(1)).await;
    }
    drop(clerk);
    assert_eq!(shop.workers("sales").await, Some(1));

    shop.purge("item").await;
    shop.purge("buy-actions").await;
    shop.becomes("items", 1).await;
    shop.becomes("sales", 0).await;
    let asleep = ("FellAsleep", 1, 0);
    let expected = [vec![asleep], [("WokeUp", 0, 1), asleep].repeat(woken.len())].concat();
    eventually("the status tells what was done and why", async || {
        let told = shop.told("sales").await.scaling.unwrap();
        let reasons = told.changes.iter().map(|change| (&*change.reason, change.from, change.to));
        told.backend == "Builtin" && reasons.eq(expected.iter().copied())
    })
    .await;
    assert!(world.api(Kind::HorizontalPodAutoscaler).get_opt("town-items").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_whoever_wants_otherwise() {
    const TEST: &str = "scaling::rules::limits_hold_whoever_wants_otherwise";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::new(TEST).await else { return };
    let rabbit = Rabbit::shared().await.unwrap();
    let (by_hand, held) = (Shop::new(&world, rabbit, "hand").await, Shop::new(&world, rabbit, "held").await);
    let (slow, timed) = (Shop::new(&world, rabbit, "slow").await, Shop::new(&world, rabbit, "timed").await);
    let poison = Shop::new(&world, rabbit, "poison").await;
    slow.apply(&json!({"surge": {"workers": 1, "seconds": 6}})).await;
    timed
        .apply(&json!({"schedules": [
            {"start": "0 0 1 1 *", "end": "59 23 31 12 *", "timeZone": "Europe/Berlin", "min": 3, "max": 4},
        ]}))
        .await;
    let _operator = world.operator_that("one", &QUICK).await;
    for shop in [&by_hand, &held, &slow] {
        shop.becomes("items", 1).await;
    }

    tokio::join!(
        async {
            by_hand.publish(&flow("item"), 25).await;
            by_hand.becomes("items", 3).await;
            by_hand.scale_by_hand("items", 0).await;
            by_hand.becomes("items", 3).await;
            by_hand.scale_by_hand("items", 5).await;
            by_hand.becomes("items", 3).await;
        },
        async {
            held.pause(Some("items")).await;
            world.told("held", "ScalingActive", "Paused").await;
            held.publish(&flow("item"), 200).await;
            held.stays("items", 1, LONG).await;
            world.told("held", "ScalingActive", "Paused").await;
            held.pause(None).await;
            held.becomes("items", 5).await;
        },
        async {
            poison.becomes("sales", 0).await;
            poison.publish(&flow("buy-actions"), 30).await;
            poison.becomes("sales", 3).await;
            // Every one fails, and waits in a delay tier to be tried again: no backlog, and no reason to sleep.
            let clerk = poison.consumer("buy-actions").await;
            let (mut failed, again) = (0, Tier { delay: Duration::from_secs(600) });
            while failed < 30 {
                let received = clerk.receive(30).await.unwrap();
                failed += received.len();
                let retries = received.iter().map(|received| (received.receipt, Settlement::Retry(again)));
                clerk.settle(retries.collect()).await.unwrap();
            }
            drop(clerk);
            poison.becomes("sales", 1).await;
            poison.stays("sales", 1, LONG).await;
        },
        async {
            slow.publish(&flow("item"), 200).await;
            let mut changes = Vec::new();
            eventually("two were added", async || {
                let told = slow.told("items").await.scaling;
                changes = told.map(|scaling| scaling.changes).unwrap_or_default();
                changes.iter().any(|change| change.to > 2)
            })
            .await;
            // By the operator's clock: whoever looks from outside may see both late.
            let at = |workers| changes.iter().find(|change| change.to == workers).map(|change| change.at.0);
            let (Some(second), Some(third)) = (at(2), at(3)) else { panic!("not one by one: {changes:?}") };
            let next = third.duration_since(second).unsigned_abs();
            assert!(next > Duration::from_secs(3), "one in 6 s, not {next:?} after the last");
        },
        async {
            timed.becomes("items", 3).await;
            timed.publish(&flow("item"), 200).await;
            timed.becomes("items", 4).await;
        },
    );
}
