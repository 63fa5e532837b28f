//! What a consumer does with messages of several events, too many deliveries, and bodies that are no events.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use pawnshop_events::Event;
use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{Broker, BrokerError, RetrySchedule, Settlement, Tier};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Duration;
use support::{Rabbit, Server, all, eventually, receive, within};

const TIER: Tier = Tier { delay: Duration::from_millis(100) };

/// Returns from the test when there is no server.
macro_rules! needs_a_server {
    ($test:literal) => {
        if Server::missing($test) {
            return;
        }
    };
}

fn events(count: usize) -> Vec<Event> {
    (0..count).map(event).collect()
}

fn batch(events: &[Event]) -> Vec<u8> {
    let encoded: Vec<_> = events.iter().map(Event::encode).collect();
    Event::join_batch(&encoded).to_vec()
}

async fn with_tier() -> Rabbit {
    Rabbit::with(|options| options.schedule = RetrySchedule::new(vec![TIER.delay])).await
}

fn subjects(received: &[pawnshop_messaging::Received]) -> BTreeSet<String> {
    received.iter().map(|received| received.event.as_ref().unwrap().subject.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_several_fates_ends_as_each_of_its_events_does() {
    needs_a_server!("a_message_of_several_fates_ends_as_each_of_its_events_does");
    let rabbit = with_tier().await;
    rabbit.put("a", &batch(&events(9)), BasicProperties::default()).await;
    let consumer = rabbit.consumer().await;
    let received = receive(&*consumer, 9).await;
    let fates = [Settlement::Done, Settlement::Retry(TIER), Settlement::Return];
    let settlements = received.iter().zip(fates.into_iter().cycle());
    let settlements = settlements.map(|(received, fate)| (received.receipt, fate)).collect();
    within(consumer.settle(settlements)).await.unwrap();
    let again = receive(&*consumer, 6).await;
    for received in &again {
        let event = received.event.as_ref().unwrap();
        let n: usize = event.subject.trim_start_matches("item-").parse().unwrap();
        assert_eq!((n % 3, event.attempt), if event.attempt == 1 { (1, 1) } else { (2, 0) });
    }
    within(consumer.settle(all(&again, Settlement::Done))).await.unwrap();
    drop(consumer);
    eventually("nothing is left", async || rabbit.ready("a").await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_not_acknowledged_when_its_retry_cannot_be_published() {
    needs_a_server!("a_message_is_not_acknowledged_when_its_retry_cannot_be_published");
    let rabbit = with_tier().await;
    rabbit.publish(&events(1)).await;
    let consumer = rabbit.consumer().await;
    let received = receive(&*consumer, 1).await;
    // The tier's queue is gone, and a stranger's of its name keeps it from being declared again: what is published to
    // it is returned as unroutable.
    let channel = rabbit.channel().await;
    let tier = rabbit.name("delay.100ms");
    channel.queue_delete(tier.as_str().into(), Default::default()).await.unwrap();
    let classic = lapin::options::QueueDeclareOptions::durable();
    channel.queue_declare(tier.as_str().into(), classic, Default::default()).await.unwrap();
    let settled = within(consumer.settle(all(&received, Settlement::Retry(TIER)))).await;
    assert!(matches!(settled, Err(BrokerError::Unavailable(_))), "{settled:?}");
    let again = receive(&*consumer, 1).await;
    assert_eq!(subjects(&again), subjects(&received));
    assert_eq!(again[0].event.as_ref().unwrap().attempt, 0, "the failure was not counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_comes_a_fourth_time_is_taken_apart() {
    needs_a_server!("a_message_that_comes_a_fourth_time_is_taken_apart");
    let rabbit = Rabbit::new().await;
    rabbit.put("a", &batch(&events(20)), BasicProperties::default()).await;
    for _ in 0..3 {
        let consumer = rabbit.consumer().await;
        receive(&*consumer, 20).await;
        rabbit.cut();
        eventually("it is lost", async || {
            matches!(consumer.receive(1).await, Err(BrokerError::Unavailable(_)))
        })
        .await;
    }
    let consumer = rabbit.consumer().await;
    let received = receive(&*consumer, 20).await;
    assert_eq!(subjects(&received).len(), 20);
    drop(consumer);
    eventually("each event is a message", async || rabbit.ready("a").await == 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_too_often_goes_to_its_next_tier_and_behind_the_last_is_given_up() {
    needs_a_server!("an_event_that_comes_too_often_goes_to_its_next_tier_and_behind_the_last_is_given_up");
    let rabbit = with_tier().await;
    rabbit.publish(&events(1)).await;
    deliver_in_vain(&rabbit, 20).await;
    let consumer = rabbit.consumer().await;
    let first = receive(&*consumer, 1).await;
    assert_eq!((first[0].event.as_ref().unwrap().attempt, &first[0].given_up), (1, &None));
    within(consumer.settle(all(&first, Settlement::Done))).await.unwrap();
    drop(consumer);

    // Another process, for this one returns what it holds.
    let rabbit = with_tier().await;
    rabbit.publish(&[Event { attempt: 1, ..event(1) }]).await;
    deliver_in_vain(&rabbit, 20).await;
    let last = receive(&*rabbit.consumer().await, 1).await;
    assert_eq!(last[0].event.as_ref().unwrap().attempt, 1);
    assert!(last[0].given_up.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_returned_for_ever_is_never_counted_as_failed() {
    needs_a_server!("an_event_that_is_returned_for_ever_is_never_counted_as_failed");
    let rabbit = with_tier().await;
    rabbit.publish(&events(1)).await;
    let consumer = rabbit.consumer().await;
    for _ in 0..50 {
        let received = receive(&*consumer, 1).await;
        assert_eq!((received[0].event.as_ref().unwrap().attempt, &received[0].given_up), (0, &None));
        within(consumer.settle(all(&received, Settlement::Return))).await.unwrap();
    }
}

/// Has the only message of the flow delivered so often to another program that returns it.
async fn deliver_in_vain(rabbit: &Rabbit, times: usize) {
    let (channel, queue) = (rabbit.channel().await, rabbit.name("a"));
    for _ in 0..times {
        let mut got = None;
        eventually("it is delivered", async || {
            got = channel.basic_get(queue.as_str().into(), Default::default()).await.unwrap();
            got.is_some()
        })
        .await;
        let requeue = lapin::options::BasicNackOptions { requeue: true, multiple: false };
        got.unwrap().nack(requeue).await.unwrap();
    }
    eventually("it is ready again", async || rabbit.ready("a").await == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_broker_gave_up_is_handed_out_with_its_reason() {
    needs_a_server!("what_the_broker_gave_up_is_handed_out_with_its_reason");
    let rabbit = Rabbit::new().await;
    rabbit.put("a", &batch(&events(3)), BasicProperties::default()).await;
    let channel = rabbit.channel().await;
    let queue = rabbit.name("a");
    let got = channel.basic_get(queue.as_str().into(), Default::default()).await.unwrap().unwrap();
    got.reject(lapin::options::BasicRejectOptions { requeue: false }).await.unwrap();
    eventually("it is among the dead", async || rabbit.ready("a.dead").await == 1).await;
    let consumer = rabbit.consumer().await;
    let received = receive(&*consumer, 3).await;
    for received in &received {
        assert_eq!(received.given_up.as_deref(), Some("the broker gave it up: rejected"));
        assert!(received.event.is_ok());
    }
    within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    drop(consumer);
    eventually("it is drained", async || rabbit.ready("a.dead").await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_member_and_absurd_headers_cost_the_neighbours_nothing() {
    needs_a_server!("a_bad_member_and_absurd_headers_cost_the_neighbours_nothing");
    let rabbit = Rabbit::new().await;
    let encoded = [event(1).encode(), bytes::Bytes::from_static(b"poison"), event(2).encode()];
    let mut headers = FieldTable::default();
    headers.insert("x-delivery-count".into(), AMQPValue::LongString("often".into()));
    headers.insert("x-death".into(), AMQPValue::Boolean(true));
    headers.insert("events".into(), AMQPValue::LongInt(-1));
    let properties = BasicProperties::default().with_headers(headers).with_content_type("text/html".into());
    rabbit.put("a", &Event::join_batch(&encoded), properties).await;
    rabbit.put("a", b"", BasicProperties::default()).await;
    rabbit.put("a", b"garbage", BasicProperties::default()).await;
    let consumer = rabbit.consumer().await;
    let received = receive(&*consumer, 4).await;
    let bad = received.iter().filter_map(|received| received.event.as_ref().err());
    assert_eq!(
        bad.map(|bad| bad.bytes.as_ref()).collect::<BTreeSet<_>>(),
        BTreeSet::from([&b"poison"[..], b"garbage"])
    );
    within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    drop(consumer);
    eventually("nothing is left, the empty message included", async || rabbit.ready("a").await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_too_large_to_be_filed_is_put_elsewhere_whole() {
    needs_a_server!("a_body_too_large_to_be_filed_is_put_elsewhere_whole");
    let rabbit = Rabbit::new().await;
    rabbit.put("a", &vec![7; 5 << 20], BasicProperties::default()).await;
    let consumer = rabbit.consumer().await;
    let received = receive(&*consumer, 1).await;
    let bad = received[0].event.as_ref().unwrap_err();
    let told = bad.error.to_string();
    assert!(bad.bytes.len() < 10_000 && told.contains(&rabbit.name("a.oversized")), "{told}");
    // However often it comes, it is put there once: when it is settled as done.
    let mut received = received;
    for _ in 0..3 {
        within(consumer.settle(all(&received, Settlement::Return))).await.unwrap();
        received = receive(&*consumer, 1).await;
    }
    assert_eq!(rabbit.ready("a.oversized").await, 0);
    within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    assert_eq!(rabbit.ready("a.oversized").await, 1);
    let queue = rabbit.name("a.oversized");
    let kept =
        rabbit.channel().await.basic_get(queue.as_str().into(), Default::default()).await.unwrap().unwrap();
    assert_eq!(kept.data.len(), 5 << 20);
    drop(consumer);
    eventually("it left the flow", async || rabbit.ready("a").await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_deleted_under_a_consumer_is_declared_and_consumed_again() {
    needs_a_server!("a_queue_deleted_under_a_consumer_is_declared_and_consumed_again");
    let rabbit = Rabbit::new().await;
    let mut consumer = rabbit.consumer().await;
    let queue = rabbit.name("a");
    for n in 0..2 {
        rabbit.channel().await.queue_delete(queue.as_str().into(), Default::default()).await.unwrap();
        // Nobody else declares it meanwhile: RabbitMQ can lose what is delivered then, see docs/FLEET.md.
        let lost = within(consumer.receive(1)).await;
        assert!(matches!(lost, Err(BrokerError::Unavailable(_))), "{lost:?}");
        // As a worker does: a consumer that is lost is replaced.
        consumer = rabbit.consumer().await;
        rabbit.publish(&[event(n)]).await;
        let received = receive(&*consumer, 1).await;
        within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_consumer_returns_what_is_unsettled_and_only_that() {
    needs_a_server!("a_dropped_consumer_returns_what_is_unsettled_and_only_that");
    let rabbit = Rabbit::new().await;
    rabbit.put("a", &batch(&events(100)), BasicProperties::default()).await;
    rabbit.put("a", &batch(&events(100)), BasicProperties::default()).await;
    let consumer = rabbit.consumer().await;
    let received = receive(&*consumer, 30).await;
    within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    drop(consumer);
    let other = rabbit.consumer().await;
    let rest = receive(&*other, 170).await;
    within(other.settle(all(&rest, Settlement::Done))).await.unwrap();
    drop(other);
    eventually("nothing is left", async || rabbit.ready("a").await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_of_a_lost_consumer_settles_nothing_of_the_next() {
    needs_a_server!("a_receipt_of_a_lost_consumer_settles_nothing_of_the_next");
    let rabbit = Rabbit::new().await;
    rabbit.publish(&events(5)).await;
    let lost = rabbit.consumer().await;
    let before = receive(&*lost, 5).await;
    rabbit.cut();
    eventually("it is lost", async || lost.receive(1).await.is_err()).await;
    assert!(within(lost.settle(all(&before, Settlement::Done))).await.is_err());
    let next = rabbit.consumer().await;
    receive(&*next, 5).await;
    within(next.settle(all(&before, Settlement::Done))).await.unwrap();
    drop(next);
    receive(&*rabbit.consumer().await, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_works_on_few_at_once_keeps_no_more_from_others_and_never_waits_for_the_next() {
    needs_a_server!("who_works_on_few_at_once_keeps_no_more_from_others_and_never_waits_for_the_next");
    const FEW: NonZeroUsize = NonZeroUsize::new(10).unwrap();
    let rabbit = Rabbit::with(|options| {
        options.max_events.insert(flow("a"), 1);
    })
    .await;
    rabbit.publish(&events(60)).await;
    let first = rabbit.broker.consume_few(&[flow("a")], FEW).await.unwrap();
    let held = receive(&*first, FEW.get()).await;
    eventually("the others are left in the queue", async || rabbit.ready("a").await == 50).await;
    let second = rabbit.broker.consume_few(&[flow("a")], FEW).await.unwrap();
    let taken = receive(&*second, FEW.get()).await;
    assert!(subjects(&taken).is_disjoint(&subjects(&held)));
    eventually("so are they by the second", async || rabbit.ready("a").await == 40).await;
    // For one that has ended, one comes.
    let (one, rest) = held.split_at(1);
    within(first.settle(all(one, Settlement::Done))).await.unwrap();
    assert_eq!(receive(&*first, 1).await.len(), 1);
    assert_eq!((rabbit.ready("a").await, rest.len()), (39, FEW.get() - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_small_events_drain_and_nothing_is_left() {
    needs_a_server!("a_hundred_thousand_small_events_drain_and_nothing_is_left");
    const COUNT: usize = 100_000;
    let rabbit = Rabbit::new().await;
    let publishing = {
        let publisher = rabbit.broker.publisher();
        tokio::spawn(async move {
            for _ in 0..COUNT / 1_000 {
                publisher.publish(&flow("a"), events(1_000)).await.unwrap();
            }
        })
    };
    let consumer = rabbit.consumer().await;
    let mut left = COUNT;
    while left > 0 {
        let received = within(consumer.receive(500)).await.unwrap();
        left -= received.len();
        within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    }
    publishing.await.unwrap();
    drop(consumer);
    eventually("nothing is left", async || rabbit.ready("a").await == 0).await;
}
