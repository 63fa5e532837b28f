//! What the embedded queue makes of the file that it finds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{Broker, Settlement};
use pawnshop_messaging_embedded::{DataFolder, EmbeddedBroker, EmbeddedOptions, OpenError};
use pawnshop_scaling::Backlog;
use pawnshop_sqlite::Connection;
use std::path::Path;

fn open(folder: &Path) -> Result<EmbeddedBroker, OpenError> {
    EmbeddedBroker::open(&DataFolder::open(folder)?, EmbeddedOptions::default())
}

async fn queue_with_events(folder: &Path, count: usize) {
    let broker = open(folder).unwrap();
    broker.declare(&[flow("a")]).await.unwrap();
    broker.publisher().publish(&flow("a"), (0..count).map(event).collect()).await.unwrap();
}

fn sql(folder: &Path, sql: &str) {
    Connection::open(folder.join("queue.db")).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_folder_is_one_brokers_alone_while_anything_of_it_lives() {
    let folder = tempfile::tempdir().unwrap();
    let broker = open(folder.path()).unwrap();
    let publisher = broker.publisher();
    drop(broker);
    let refused = open(folder.path()).err().expect("the publisher still writes to the folder");
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    drop(publisher);
    open(folder.path()).unwrap();
}

#[tokio::test]
async fn a_newer_queue_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    queue_with_events(folder.path(), 1).await;
    sql(folder.path(), "PRAGMA user_version = 99");
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
}

#[tokio::test]
async fn a_damaged_queue_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    queue_with_events(folder.path(), 500).await;
    let path = folder.path().join("queue.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
}

#[tokio::test]
async fn damage_in_a_queue_too_large_to_check_is_told_as_damage() {
    let folder = tempfile::tempdir().unwrap();
    queue_with_events(folder.path(), 1).await;
    sql(
        folder.path(),
        "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
         INSERT INTO queue_a SELECT i, 0, zeroblob(3000) FROM n",
    );
    let path = folder.path().join("queue.db");
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 20 << 20, "a file of this size is not checked whole");
    let middle = bytes.len() / 2;
    bytes[middle..middle + (1 << 20)].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
}

#[tokio::test]
async fn events_of_flows_that_nobody_serves_are_told() {
    let folder = tempfile::tempdir().unwrap();
    queue_with_events(folder.path(), 3).await;
    let broker = open(folder.path()).unwrap();
    broker.declare(&[flow("b"), flow("c")]).await.unwrap();
    broker.publisher().publish(&flow("c"), vec![event(1)]).await.unwrap();
    assert_eq!(broker.unserved(&[flow("c")]), [(flow("a"), 3)], "b is empty, and c is served");
    assert_eq!(broker.unserved(&[]), [(flow("a"), 3), (flow("c"), 1)]);
}

#[tokio::test]
async fn a_row_that_is_no_event_is_delivered_as_bytes_and_can_be_settled() {
    let folder = tempfile::tempdir().unwrap();
    queue_with_events(folder.path(), 2).await;
    sql(folder.path(), "UPDATE queue_a SET body = x'ff00ff' WHERE seq = 1");
    let broker = open(folder.path()).unwrap();
    let consumer = broker.consume(&[flow("a")]).await.unwrap();
    let received = consumer.receive(10).await.unwrap();
    let (bad, good): (Vec<_>, Vec<_>) = received.iter().partition(|received| received.event.is_err());
    assert_eq!((bad.len(), good.len()), (1, 1));
    assert_eq!(&bad[0].event.as_ref().unwrap_err().bytes[..], [0xff, 0x00, 0xff]);
    consumer.settle(vec![(bad[0].receipt, Settlement::Done)]).await.unwrap();
    assert_eq!(broker.backlog(&flow("a")).await, Backlog::Known(1));
}

#[tokio::test]
async fn rows_that_somebody_deleted_by_hand_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    queue_with_events(folder.path(), 20).await;
    let broker = open(folder.path()).unwrap();
    let first = broker.consume(&[flow("a")]).await.unwrap();
    first.receive(4).await.unwrap();
    drop(first);
    sql(folder.path(), "DELETE FROM queue_a WHERE seq IN (2, 3) OR seq > 10");
    let consumer = broker.consume(&[flow("a")]).await.unwrap();
    let mut received = 0;
    while received < 8 {
        received += consumer.receive(100).await.unwrap().len();
    }
    let next = tokio::time::timeout(std::time::Duration::from_millis(100), consumer.receive(1)).await;
    assert!(next.is_err(), "{next:?}");
    broker.publisher().publish(&flow("a"), vec![event(1)]).await.unwrap();
    assert_eq!(consumer.receive(5).await.unwrap().len(), 1);
    assert_eq!(broker.backlog(&flow("a")).await, Backlog::Known(9));
}
