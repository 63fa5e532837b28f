use super::shop::{QUICK, Shop};
use crate::support::{Operator, World, eventually};
use pawnshop_messaging::contract::flow;
use pawnshop_messaging::{Consumer, Settlement};
use pawnshop_servers::Rabbit;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// Longer than what comes and what goes take to be seen: 5 s to be counted, 5 s to be read, and a look.
const WINDOW: Duration = Duration::from_secs(20);

/// Messages for five workers, and those of them that stay, for one.
const MUCH: usize = 45;
const LITTLE: usize = 5;

const FLAPS: usize = 5;

/// Without a window each flap would be two turns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_comes_and_goes_within_the_window_turns_the_pool_once_per_window_at_most() {
    const TEST: &str = "scaling::flapping::a_load_that_comes_and_goes_within_the_window_turns_the_pool_once_per_window_at_most";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::new(TEST).await else { return };
    let shop = Shop::new(&world, Rabbit::shared().await.unwrap(), "town").await;
    shop.apply(&json!({"scaleInStabilizationSeconds": WINDOW.as_secs()})).await;
    let mut operator = world.operator_that("one", &QUICK).await;
    shop.becomes("items", 1).await;
    let (history, clerk) = (shop.history("items"), shop.consumer("item").await);
    eventually("its number is followed", async || history.numbers() == [1]).await;
    shop.publish(&flow("item"), LITTLE).await;
    is_seen(&mut operator, LITTLE).await;

    let begun = Instant::now();
    for _ in 0..FLAPS {
        shop.publish(&flow("item"), MUCH - LITTLE).await;
        is_seen(&mut operator, MUCH).await;
        finish(&*clerk, MUCH - LITTLE).await;
        is_seen(&mut operator, LITTLE).await;
    }
    let (turns, windows) = (history.turns() as u64, begun.elapsed().as_secs() / WINDOW.as_secs());
    println!("{FLAPS} flaps, {windows} windows, {turns} turns: {:?} workers", history.numbers());
    assert!(turns <= windows, "{turns} turns in {windows} windows: {:?}", history.numbers());

    shop.becomes("items", 1).await;
    eventually("all was seen", async || history.numbers().last() == Some(&1)).await;
    assert!(history.numbers().contains(&5), "it went out: {:?}", history.numbers());
}

/// Waits until the operator has seen that so many messages are in the queue.
async fn is_seen(operator: &mut Operator, messages: usize) {
    // No pod tells how large events are, so that each message counts as full.
    let events = 256.0 * messages as f64;
    eventually(&format!("{messages} messages are seen"), async || {
        let backlogs = operator.series("pawnshop_operator_pool_backlog_events").await;
        backlogs.iter().any(|(labels, backlog)| labels.contains("pool=\"items\"") && *backlog == events)
    })
    .await;
}

/// Takes so many events, and is done with them.
async fn finish(clerk: &dyn Consumer, events: usize) {
    let mut left = events;
    while left > 0 {
        let received = clerk.receive(left).await.unwrap();
        left -= received.len();
        let done = received.iter().map(|received| (received.receipt, Settlement::Done)).collect();
        clerk.settle(done).await.unwrap();
    }
}
