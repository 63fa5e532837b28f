//! What one event does costs its neighbours nothing.

use crate::support::{ALPHA, IMPATIENCE, Shop, event, eventually, impatient, paused_pool, shop, shop_with};
use std::time::{Duration, Instant};

/// Publishes a bad event among good ones, all of one batch, and returns the reason it is dead for in the end.
async fn reason_of_death(bad: &str) -> String {
    reason_of_death_in(shop(paused_pool()).await, bad).await
}

async fn reason_of_death_in(shop: Shop, bad: &str) -> String {
    let ids = shop.publish(&ALPHA, &["good", "good", bad, "good", "good"]).await;
    shop.resume();
    let good: Vec<_> = ids.iter().copied().filter(|id| *id != ids[2]).collect();
    assert_eq!(shop.wait_applied(&good).await, [0; 4], "no neighbour counts an attempt");
    let letters = shop.wait_letters(1).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].id, ids[2].to_string());
    assert_eq!(letters[0].attempts, 3);
    shop.wait_empty().await;
    letters[0].reason.clone()
}

#[tokio::test]
async fn a_poison_event_among_good_ones_dies_alone() {
    assert_eq!(reason_of_death("poison").await, "told to fail");
}

#[tokio::test]
async fn an_event_that_makes_its_handler_panic_dies_alone() {
    assert_eq!(reason_of_death("panic").await, "the handler panicked: told to panic");
}

#[tokio::test]
async fn an_event_that_its_handler_never_finishes_dies_alone() {
    let shop = shop_with(paused_pool(), impatient).await;
    let overran = format!("the handler overran its deadline of {IMPATIENCE:?}");
    assert_eq!(reason_of_death_in(shop, "hang").await, overran);
}

#[tokio::test]
async fn an_event_that_its_handler_miscounts_dies_alone() {
    assert_eq!(reason_of_death("miscount").await, "the handler gave 0 outcomes for 1 events");
}

#[tokio::test]
async fn an_event_of_another_type_dies_alone() {
    let reason = reason_of_death("other type").await;
    assert_eq!(reason, r#"flow "alpha" carries "test.thing.v1" events, not "test.other.v1""#);
}

#[tokio::test]
async fn bytes_that_are_no_event_are_a_dead_letter_at_once() {
    let shop = shop(paused_pool()).await;
    let ids = shop.publish(&ALPHA, &["good", "garbage", "good"]).await;
    shop.resume();
    assert_eq!(shop.wait_applied(&[ids[0], ids[2]]).await, [0, 0]);
    let letters = shop.wait_letters(1).await;
    assert_eq!((letters[0].code.as_str(), letters[0].attempts), ("undecodable", 1));
    assert!(letters[0].attributes.is_empty());
    shop.wait_empty().await;
}

#[tokio::test]
async fn many_hanging_events_do_not_hold_their_neighbours_one_deadline_each() {
    let shop = shop_with(paused_pool(), |options| {
        options.deadlines.handler = Duration::from_millis(200);
    })
    .await;
    let mut events: Vec<_> = (0..60).map(|_| event(&ALPHA, "hang")).collect();
    events.push(event(&ALPHA, "good"));
    let good = events[60].id;
    shop.publish_events(&ALPHA, events).await;
    let start = Instant::now();
    shop.resume();
    shop.wait_applied(&[good]).await;
    assert!(start.elapsed() < Duration::from_secs(6), "one deadline each is 12 s");
    assert_eq!(shop.wait_letters(60).await.len(), 60);
    shop.wait_empty().await;
    eventually("no handler is stuck", async || shop.fleet.status().stuck_handlers == 0).await;
}
