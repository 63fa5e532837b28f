//! The bounds of the embedded queue: events, bytes, event size, what a receive takes into memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{Broker, Consumer, PublishError, Settlement};
use pawnshop_messaging_embedded::{DataFolder, EmbeddedBroker, EmbeddedOptions};
use std::time::Duration;
use tempfile::TempDir;

struct World {
    folder: TempDir,
    options: EmbeddedOptions,
    broker: EmbeddedBroker,
}

async fn world(options: EmbeddedOptions) -> World {
    let folder = tempfile::tempdir().unwrap();
    let broker = EmbeddedBroker::open(&DataFolder::open(folder.path()).unwrap(), options.clone()).unwrap();
    broker.declare(&[flow("a"), flow("b")]).await.unwrap();
    World { folder, options, broker }
}

impl World {
    async fn publish(&self, name: &str, count: usize, size: usize) -> Result<(), PublishError> {
        let mut events: Vec<_> = (0..count).map(event).collect();
        events.iter_mut().for_each(|event| event.payload = vec![1; size].into());
        self.broker.publisher().publish(&flow(name), events).await
    }

    async fn end(&self, count: usize) {
        let consumer = self.broker.consume(&[flow("a"), flow("b")]).await.unwrap();
        let mut left = count;
        while left > 0 {
            let received = receive(&*consumer, left).await;
            left -= received;
        }
    }

    async fn reopen(self) -> Self {
        let Self { folder, options, broker } = self;
        drop(broker);
        let broker =
            EmbeddedBroker::open(&DataFolder::open(folder.path()).unwrap(), options.clone()).unwrap();
        Self { folder, options, broker }
    }
}

/// Receives once and settles it: how many events came.
async fn receive(consumer: &dyn Consumer, max: usize) -> usize {
    let received = tokio::time::timeout(Duration::from_secs(10), consumer.receive(max)).await;
    let received = received.expect("events should come").unwrap();
    let done = received.iter().map(|received| (received.receipt, Settlement::Done)).collect();
    consumer.settle(done).await.unwrap();
    received.len()
}

#[tokio::test]
async fn a_queue_with_its_most_events_refuses_more_until_some_have_ended() {
    let world = world(EmbeddedOptions { max_events: 10, ..EmbeddedOptions::default() }).await;
    world.publish("a", 6, 1).await.unwrap();
    world.publish("b", 4, 1).await.unwrap();
    for name in ["a", "b"] {
        let refused = world.publish(name, 1, 1).await;
        assert!(matches!(refused, Err(PublishError::Full(_))), "{refused:?}");
    }
    let world = world.reopen().await;
    assert!(world.publish("a", 1, 1).await.is_err(), "the bound holds after a restart");
    world.end(3).await;
    world.publish("a", 3, 1).await.unwrap();
    assert!(world.publish("a", 1, 1).await.is_err());
}

#[tokio::test]
async fn a_queue_with_its_most_bytes_refuses_more_until_some_have_ended() {
    let world = world(EmbeddedOptions { max_bytes: 100_000, ..EmbeddedOptions::default() }).await;
    world.publish("a", 9, 10_000).await.unwrap();
    assert!(matches!(world.publish("a", 1, 10_000).await, Err(PublishError::Full(_))));
    world.publish("a", 1, 1_000).await.unwrap();
    let world = world.reopen().await;
    assert!(matches!(world.publish("a", 1, 10_000).await, Err(PublishError::Full(_))));
    world.end(10).await;
    world.publish("a", 9, 10_000).await.unwrap();
}

#[tokio::test]
async fn an_event_over_the_limit_is_refused_with_its_neighbours() {
    let world = world(EmbeddedOptions { max_event_bytes: 1_000, ..EmbeddedOptions::default() }).await;
    let mut events = vec![event(1), event(2)];
    events[1].payload = vec![1; 1_000].into();
    let refused = world.broker.publisher().publish(&flow("a"), events).await;
    assert!(matches!(refused, Err(PublishError::TooLarge { size: 1_001.., limit: 1_000 })), "{refused:?}");
    assert_eq!(world.broker.backlog(&flow("a")).await, pawnshop_scaling::Backlog::Known(0));
}

#[tokio::test]
async fn large_events_are_received_in_parts_that_fit_in_memory() {
    let world = world(EmbeddedOptions { max_receive_bytes: 1_000_000, ..EmbeddedOptions::default() }).await;
    for _ in 0..10 {
        world.publish("a", 1, 400_000).await.unwrap();
    }
    let consumer = world.broker.consume(&[flow("a"), flow("b")]).await.unwrap();
    let mut left = 10;
    while left > 0 {
        let received = receive(&*consumer, 1_000).await;
        assert!(received <= 3, "{received} events of 400 kB");
        left -= received;
    }
}

#[tokio::test]
async fn publishers_ahead_of_the_disk_are_refused_not_kept_in_memory() {
    let options = EmbeddedOptions {
        max_unwritten_bytes: 250_000,
        timeout: Duration::from_millis(300),
        ..EmbeddedOptions::default()
    };
    let world = world(options).await;
    let stranger = pawnshop_sqlite::Connection::open(world.folder.path().join("queue.db")).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let publishes = futures::future::join_all((0..5).map(|_| world.publish("a", 1, 100_000))).await;
    let refused = publishes.iter().filter(|publish| matches!(publish, Err(PublishError::Full(_)))).count();
    assert_eq!(refused, 3, "{publishes:?}");
    drop(stranger);
    world.end(2).await;
    world.publish("a", 1, 100_000).await.unwrap();
}
