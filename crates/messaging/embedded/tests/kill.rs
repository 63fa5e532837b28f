//! `kill -9` while the queue is written: what was acknowledged is there, and nothing is there twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{Broker, Settlement};
use pawnshop_messaging_embedded::{DataFolder, EmbeddedBroker, EmbeddedOptions};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const CHILD: &str = "PAWNSHOP_TEST_KILLED_FOLDER";
const NAME: &str = "acknowledged_events_survive_a_kill";
const ROUNDS: usize = 5;
const ACKNOWLEDGED_BEFORE_KILL: usize = 200;
const WRITERS: usize = 16;

fn open(folder: &Path) -> EmbeddedBroker {
    EmbeddedBroker::open(&DataFolder::open(folder).unwrap(), EmbeddedOptions::default()).unwrap()
}

/// This test starts itself anew as the process that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_events_survive_a_kill() {
    if let Some(folder) = std::env::var_os(CHILD) {
        publish_until_killed(folder.as_ref()).await;
        // Never on as the test itself: a queue that fails would start processes without end.
        std::process::exit(1);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for _ in 0..ROUNDS {
        acknowledged.extend(acknowledged_before_kill(folder.path()));
    }
    let mut times_seen = HashMap::new();
    for id in receive_all(&open(folder.path())).await {
        *times_seen.entry(id).or_insert(0) += 1;
    }
    assert!(acknowledged.len() >= ROUNDS * ACKNOWLEDGED_BEFORE_KILL);
    let lost = acknowledged.iter().filter(|id| !times_seen.contains_key(*id)).count();
    assert_eq!(lost, 0, "of {} acknowledged events", acknowledged.len());
    assert!(times_seen.values().all(|&times| times == 1));
    let unacknowledged = times_seen.len() - acknowledged.len();
    assert!(unacknowledged <= ROUNDS * WRITERS, "{unacknowledged} events came that nobody waits for");
}

async fn publish_until_killed(folder: &Path) {
    let broker = open(folder);
    broker.declare(&[flow("a")]).await.unwrap();
    let writers = (0..WRITERS).map(|_| {
        let publisher = broker.publisher();
        tokio::spawn(async move {
            loop {
                let event = event(1);
                let id = event.id;
                publisher.publish(&flow("a"), vec![event]).await.unwrap();
                println!("acknowledged {id}");
            }
        })
    });
    futures::future::join_all(writers).await;
}

fn acknowledged_before_kill(folder: &Path) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        // Whole lines only: the last one may be cut.
        if let Some(id) = line.strip_prefix("acknowledged ").filter(|id| id.len() == 36) {
            acknowledged.push(id.to_owned());
        }
        if acknowledged.len() == ACKNOWLEDGED_BEFORE_KILL {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

async fn receive_all(broker: &EmbeddedBroker) -> Vec<String> {
    let pawnshop_scaling::Backlog::Known(mut left) = broker.backlog(&flow("a")).await else { panic!() };
    let consumer = broker.consume(&[flow("a")]).await.unwrap();
    let mut ids = Vec::new();
    while left > 0 {
        let received = consumer.receive(256).await.unwrap();
        left -= received.len() as u64;
        let done = received.iter().map(|received| (received.receipt, Settlement::Done)).collect();
        consumer.settle(done).await.unwrap();
        ids.extend(received.iter().map(|received| received.event.as_ref().unwrap().id.to_string()));
    }
    ids
}
