//! What a consumer does while the broker takes no messages (decision D9).

use super::faults::own;
use super::support::{DEADLINE, ITEM, TIER, World, event, eventually, options, within};
use futures::future::join_all;
use pawnshop_domain::EventId;
use pawnshop_events::Event;
use pawnshop_messaging::{Broker, BrokerError, Consumer, Received, Settlement, Tier};
use pawnshop_scaling::Backlog;
use pawnshop_servers::Rabbit;
use std::collections::BTreeSet;
use std::time::Duration;

const RETRY: Settlement = Settlement::Retry(Tier { delay: TIER });

/// A shop on this broker in which every event is a message of its own, so that the broker counts what is left; with
/// so many events in its queue.
async fn filled(
    rabbit: &Rabbit,
    events: usize,
    change: impl FnOnce(&mut crate::RabbitOptions),
) -> (World, BTreeSet<EventId>) {
    let mut options = options(rabbit);
    options.max_events.insert(ITEM, 1);
    change(&mut options);
    let world = World::start(rabbit, options).await;
    let events: Vec<_> = (0..events).map(|_| event()).collect();
    let published = join_all(events.iter().map(|event| world.publish(vec![event.clone()]))).await;
    assert!(published.iter().all(Result::is_ok), "{published:?}");
    (world, events.iter().map(|event| event.id).collect())
}

async fn alarm(rabbit: &Rabbit, on: bool) {
    let watermark = if on { "0.0000001" } else { "0.6" };
    rabbit.rabbitmqctl(&["set_vm_memory_high_watermark", watermark]).await.unwrap();
}

async fn receive(consumer: &dyn Consumer, max: usize) -> Result<Vec<Received>, BrokerError> {
    within(consumer.receive(max)).await
}

fn read(received: &Received) -> &Event {
    received.event.as_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn during_an_alarm_the_backlog_falls_and_what_is_to_be_retried_waits_for_its_end() {
    let Some(rabbit) = own("during_an_alarm_the_backlog_falls").await else { return };
    let (world, all) = filled(&rabbit, 300, |options| {
        // Longer than the test: what waits must have waited for the end of the alarm.
        options.deadlines.blocked = DEADLINE * 20;
    })
    .await;
    alarm(&rabbit, true).await;
    let consumer = within(world.broker.consume(&[ITEM])).await.unwrap();
    let (mut seen, mut retried) = (BTreeSet::new(), BTreeSet::new());
    while seen.len() < all.len() {
        let received = receive(&*consumer, 50).await.unwrap();
        let mut settlements = Vec::new();
        for received in &received {
            assert!(seen.insert(read(received).id), "an event came twice");
            let fails = seen.len() % 10 == 0;
            retried.extend(fails.then_some(read(received).id));
            settlements.push((received.receipt, if fails { RETRY } else { Settlement::Done }));
        }
        within(consumer.settle(settlements)).await.unwrap();
    }
    assert_eq!((seen.len(), retried.len()), (300, 30));
    eventually(async || world.broker.backlog(&ITEM).await == Backlog::Known(30)).await;
    assert!(world.broker.publishing.ready_to_publish().is_err(), "the alarm is still on");

    alarm(&rabbit, false).await;
    let mut again = BTreeSet::new();
    while again.len() < retried.len() {
        let received = receive(&*consumer, 50).await.unwrap();
        for received in &received {
            assert_eq!(read(received).attempt, 1);
            again.insert(read(received).id);
        }
        let done = received.iter().map(|received| (received.receipt, Settlement::Done)).collect();
        within(consumer.settle(done)).await.unwrap();
    }
    assert_eq!(again, retried);
    eventually(async || world.broker.backlog(&ITEM).await == Backlog::Known(0)).await;
    world.broker.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_that_lasts_is_told_and_what_waited_comes_again_without_an_attempt_more() {
    let Some(rabbit) = own("an_alarm_that_lasts_is_told").await else { return };
    let (world, all) =
        filled(&rabbit, 20, |options| options.deadlines.blocked = Duration::from_millis(500)).await;
    alarm(&rabbit, true).await;
    let consumer = within(world.broker.consume(&[ITEM])).await.unwrap();
    let told = loop {
        match receive(&*consumer, 5).await {
            Ok(received) => {
                let retries = received.iter().map(|received| (received.receipt, RETRY)).collect();
                let _ = within(consumer.settle(retries)).await;
            }
            Err(told) => break told,
        }
    };
    assert!(matches!(&told, BrokerError::Unavailable(why) if why.contains("takes no messages")), "{told:?}");
    drop(consumer);

    alarm(&rabbit, false).await;
    let consumer = within(world.broker.consume(&[ITEM])).await.unwrap();
    // What was on the wire when the alarm was told may go out as well.
    let mut first_attempts = BTreeSet::new();
    while first_attempts.len() < all.len() {
        let received = receive(&*consumer, 50).await.unwrap();
        let untried = received.iter().map(read).filter(|event| event.attempt == 0);
        first_attempts.extend(untried.map(|event| event.id));
    }
    assert_eq!(first_attempts, all);
    world.broker.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_ends_during_an_alarm_returns_what_waits_at_once() {
    let Some(rabbit) = own("a_consumer_that_ends_during_an_alarm").await else { return };
    let (world, _) = filled(&rabbit, 20, |options| {
        options.deadlines.blocked = DEADLINE * 20;
        options.deadlines.publish = DEADLINE * 20;
    })
    .await;
    alarm(&rabbit, true).await;
    let consumer = within(world.broker.consume(&[ITEM])).await.unwrap();
    let mut left = 20;
    while left > 0 {
        let received = receive(&*consumer, left).await.unwrap();
        left -= received.len();
        let retries = received.iter().map(|received| (received.receipt, RETRY)).collect();
        within(consumer.settle(retries)).await.unwrap();
    }
    drop(consumer);
    world.until_ready(&world.queue(), 20).await;
    world.broker.close().await;
}
