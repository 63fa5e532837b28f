//! What goes wrong below the queue: a full disk, a file that does not answer.

use super::*;
use pawnshop_domain::EventId;
use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{PublishError, Received, RetrySchedule, Settlement, Tier};
use pawnshop_sqlite::Connection;
use std::time::Duration;
use tempfile::TempDir;

const TIER: Tier = Tier { delay: Duration::from_millis(50) };
const ENDLESS: &str = "PRAGMA max_page_count = 1000000";
/// No less than what the file has, which is then all that it gets.
const NO_MORE: &str = "PRAGMA max_page_count = 1";

struct World {
    folder: TempDir,
    broker: EmbeddedBroker,
}

async fn world(timeout: Duration) -> World {
    let folder = tempfile::tempdir().unwrap();
    let schedule = RetrySchedule::new(vec![TIER.delay]);
    let options = EmbeddedOptions { schedule, timeout, ..EmbeddedOptions::default() };
    let broker = EmbeddedBroker::open(&DataFolder::open(folder.path()).unwrap(), options).unwrap();
    broker.declare(&[flow("a")]).await.unwrap();
    World { folder, broker }
}

impl World {
    async fn sql(&self, sql: &'static str) {
        self.broker.storage.writer.submit(Work::Sql(sql)).await.unwrap();
    }

    async fn publish(&self, size: usize) -> Result<EventId, PublishError> {
        let mut event = event(1);
        event.payload = vec![1; size].into();
        let id = event.id;
        self.broker.publisher().publish(&flow("a"), vec![event]).await.map(|()| id)
    }

    async fn consumer(&self) -> Box<dyn Consumer> {
        self.broker.consume(&[flow("a")]).await.unwrap()
    }

    async fn backlog(&self) -> Backlog {
        self.broker.backlog(&flow("a")).await
    }

    /// Another connection that keeps the writer out.
    fn stranger(&self) -> Connection {
        let stranger = Connection::open(self.folder.path().join("queue.db")).unwrap();
        stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
        stranger
    }
}

async fn receive(consumer: &dyn Consumer) -> Received {
    let received = tokio::time::timeout(Duration::from_secs(10), consumer.receive(1)).await;
    received.expect("an event should come").unwrap().remove(0)
}

fn id(received: &Received) -> EventId {
    received.event.as_ref().unwrap().id
}

#[tokio::test]
async fn a_full_disk_refuses_a_publish_until_there_is_room() {
    let world = world(Duration::from_secs(10)).await;
    world.sql(NO_MORE).await;
    let refused = world.publish(300_000).await;
    assert!(matches!(refused, Err(PublishError::Full(_))), "{refused:?}");
    assert_eq!(world.backlog().await, Backlog::Known(0));
    world.sql(ENDLESS).await;
    let published = world.publish(300_000).await.unwrap();
    assert_eq!(id(&receive(&*world.consumer().await).await), published);
}

#[tokio::test]
async fn a_settlement_that_finds_the_disk_full_can_be_tried_again() {
    let world = world(Duration::from_secs(10)).await;
    world.publish(300_000).await.unwrap();
    let consumer = world.consumer().await;
    let received = receive(&*consumer).await;
    world.sql(NO_MORE).await;
    let retry = vec![(received.receipt, Settlement::Retry(TIER))];
    let refused = consumer.settle(retry.clone()).await;
    assert!(matches!(refused, Err(BrokerError::Unavailable(_))), "{refused:?}");
    assert_eq!(world.backlog().await, Backlog::Known(1));
    world.sql(ENDLESS).await;
    consumer.settle(retry).await.unwrap();
    assert_eq!(receive(&*consumer).await.event.unwrap().attempt, 1);
}

#[tokio::test]
async fn what_could_not_be_settled_comes_again_when_its_consumer_is_dropped() {
    let world = world(Duration::from_secs(10)).await;
    let published = world.publish(300_000).await.unwrap();
    let consumer = world.consumer().await;
    let received = receive(&*consumer).await;
    world.sql(NO_MORE).await;
    consumer.settle(vec![(received.receipt, Settlement::Retry(TIER))]).await.unwrap_err();
    drop(consumer);
    let again = receive(&*world.consumer().await).await;
    assert_eq!((id(&again), again.event.unwrap().attempt), (published, 0));
    assert_eq!(world.backlog().await, Backlog::Known(1));
}

#[tokio::test]
async fn a_publish_that_is_not_answered_is_unconfirmed_and_may_come_all_the_same() {
    let world = world(Duration::from_millis(50)).await;
    let stranger = world.stranger();
    let unconfirmed = world.publish(10).await;
    assert!(matches!(unconfirmed, Err(PublishError::Unconfirmed(_))), "{unconfirmed:?}");
    assert!(world.broker.ping().await.is_err());
    drop(stranger);
    let received = receive(&*world.consumer().await).await;
    assert_eq!(received.event.unwrap().payload.len(), 10);
    assert_eq!(world.backlog().await, Backlog::Known(1));
}

#[tokio::test]
async fn a_settlement_that_is_late_still_counts() {
    let world = world(Duration::from_millis(50)).await;
    world.publish(10).await.unwrap();
    let consumer = world.consumer().await;
    let received = receive(&*consumer).await;
    let stranger = world.stranger();
    let late = consumer.settle(vec![(received.receipt, Settlement::Done)]).await;
    assert!(matches!(late, Err(BrokerError::Unavailable(_))), "{late:?}");
    drop(consumer);
    drop(stranger);
    let settled = async {
        while world.backlog().await != Backlog::Known(0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), settled).await.unwrap();
}

#[tokio::test]
async fn a_delayed_event_comes_though_the_file_could_not_be_written_when_it_was_due() {
    let world = world(Duration::from_millis(100)).await;
    world.publish(10).await.unwrap();
    let consumer = world.consumer().await;
    let received = receive(&*consumer).await;
    consumer.settle(vec![(received.receipt, Settlement::Retry(TIER))]).await.unwrap();
    let stranger = world.stranger();
    assert!(tokio::time::timeout(TIER.delay * 6, consumer.receive(1)).await.is_err());
    drop(stranger);
    assert_eq!(receive(&*consumer).await.event.unwrap().attempt, 1);
}
