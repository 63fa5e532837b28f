use super::world::{Backend, World, all, event, events, ids, nothing_comes, receive, received_ids, settle};
use crate::{Settlement, Tier};
use std::time::Instant;

pub async fn published_events_survive_a_crash<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = events(300);
    world.publish("a", &sent).await;
    let world = world.crash().await;
    world.eventually_backlog(300, 0).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 300).await;
    assert_eq!(received_ids(&received), ids(&sent));
    let later = [event(1)];
    world.publish("a", &later).await;
    assert_eq!(received_ids(&receive(&*consumer, 1).await), ids(&later));
}

pub async fn what_was_settled_before_a_crash_stays_settled<B: Backend>() {
    let world = World::<B>::start().await;
    world.publish("a", &events(10)).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 10).await;
    world.eventually_backlog(10, 0).await;
    settle(&*consumer, all(&received, Settlement::Done)).await;
    // A settlement that is still on its way is lost with the process, and its event comes again, as it may.
    world.eventually_backlog(0, 0).await;
    let world = world.crash().await;
    nothing_comes(&*world.consumer().await).await;
    world.eventually_backlog(0, 0).await;
}

pub async fn what_was_not_settled_before_a_crash_comes_again<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = events(10);
    // One by one: of events that were published together, a broker may give the settled ones again as well after a
    // crash, for they may share a message (D1).
    for event in sent.chunks(1) {
        world.publish("a", event).await;
    }
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 10).await;
    settle(&*consumer, all(&received[..4], Settlement::Done)).await;
    // Until then they may be on their way, and lost.
    world.eventually_backlog(6, 0).await;
    let world = world.crash().await;
    let consumer = world.consumer().await;
    let again = receive(&*consumer, 6).await;
    assert_eq!(received_ids(&again), received_ids(&received[4..]));
    nothing_comes(&*consumer).await;
}

pub async fn a_delay_goes_on_across_a_crash<B: Backend>() {
    // Two backlogs are told meanwhile, and the process starts again.
    let delay = B::backlog_lag() * 10;
    let world = World::<B>::with_tiers(&[delay]).await;
    let sent = [event(1)];
    world.publish("a", &sent).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 1).await;
    let failed = Instant::now();
    settle(&*consumer, all(&received, Settlement::Retry(Tier { delay }))).await;
    // Until then it may be on its way, and lost.
    world.eventually_backlog(0, 1).await;
    let world = world.crash().await;
    world.eventually_backlog(0, 1).await;
    let again = receive(&*world.consumer().await, 1).await;
    assert!(failed.elapsed() >= delay, "{:?}", failed.elapsed());
    assert_eq!(received_ids(&again), ids(&sent));
    assert_eq!(again[0].event.as_ref().unwrap().attempt, 1);
}
