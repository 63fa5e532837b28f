use super::world::{
    Backend, World, all, event, events, ids, nothing_comes, receive, received_ids, settle, within,
};
use crate::{Settlement, Tier};
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(300);
/// Longer than a settlement may take before it fails.
const LONG: Duration = Duration::from_secs(5);

fn retry(delay: Duration) -> Settlement {
    Settlement::Retry(Tier { delay })
}

pub async fn a_retry_comes_not_before_its_tier_and_counts_an_attempt<B: Backend>() {
    let world = World::<B>::with_tiers(&[SHORT]).await;
    let sent = events(20);
    world.publish("a", &sent).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 20).await;
    let failed = Instant::now();
    settle(&*consumer, all(&received, retry(SHORT))).await;
    let again = within(consumer.receive(20)).await.unwrap();
    assert!(failed.elapsed() >= SHORT, "it came after {:?}", failed.elapsed());
    let mut again = again;
    again.extend(receive(&*consumer, 20 - again.len()).await);
    assert_eq!(received_ids(&again), ids(&sent));
    for received in &again {
        let event = received.event.as_ref().unwrap();
        let original = sent.iter().find(|sent| sent.id == event.id).unwrap();
        assert_eq!((event.attempt, &event.payload), (1, &original.payload));
    }
    settle(&*consumer, all(&again, Settlement::Done)).await;
    nothing_comes(&*consumer).await;
    world.eventually_backlog(0, 0).await;
}

pub async fn attempts_add_up_over_the_tiers<B: Backend>() {
    let tiers = [50, 100, 150].map(Duration::from_millis);
    let world = World::<B>::with_tiers(&tiers).await;
    world.publish("a", &[event(1)]).await;
    for (attempt, tier) in (0..).zip(tiers) {
        // Each attempt may meet another consumer.
        let consumer = world.consumer().await;
        let received = receive(&*consumer, 1).await;
        assert_eq!(received[0].event.as_ref().unwrap().attempt, attempt);
        settle(&*consumer, all(&received, retry(tier))).await;
    }
    let received = receive(&*world.consumer().await, 1).await;
    assert_eq!(received[0].event.as_ref().unwrap().attempt, 3);
}

pub async fn a_long_delay_does_not_hold_up_a_short_one<B: Backend>() {
    let world = World::<B>::with_tiers(&[SHORT, LONG]).await;
    world.publish("a", &events(2)).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 2).await;
    let failed = Instant::now();
    settle(&*consumer, vec![(received[0].receipt, retry(LONG))]).await;
    settle(&*consumer, vec![(received[1].receipt, retry(SHORT))]).await;
    for (expected, delay) in [(&received[1], SHORT), (&received[0], LONG)] {
        let again = receive(&*consumer, 1).await;
        assert_eq!(again[0].event.as_ref().unwrap().id, expected.event.as_ref().unwrap().id);
        assert!(failed.elapsed() >= delay, "{:?}", failed.elapsed());
    }
}

pub async fn a_delayed_event_is_not_backlog<B: Backend>() {
    // Two backlogs are told meanwhile.
    let delay = B::backlog_lag() * 8;
    let world = World::<B>::with_tiers(&[delay]).await;
    world.publish("a", &events(5)).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 5).await;
    settle(&*consumer, all(&received[..3], retry(delay))).await;
    world.eventually_backlog(2, 3).await;
    settle(&*consumer, all(&received[3..], Settlement::Done)).await;
    world.eventually_backlog(0, 3).await;
    world.eventually_backlog(3, 0).await;
}

pub async fn a_tier_that_is_not_of_the_schedule_is_refused<B: Backend>() {
    let world = World::<B>::with_tiers(&[SHORT]).await;
    let sent = [event(1)];
    world.publish("a", &sent).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 1).await;
    assert!(within(consumer.settle(all(&received, retry(LONG)))).await.is_err());
    drop(consumer);
    assert_eq!(received_ids(&receive(&*world.consumer().await, 1).await), ids(&sent));
}
