use crate::support::{Manner, Reader, Told, Worker, eventually, ready, untold};
use pawnshop_discovery::{Endpoint, Readiness};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::watch;
use tonic_health::ServingStatus;

/// The way of a worker at SIGTERM: not serving first, GOAWAY later, while reads go on throughout.
#[tokio::test]
async fn a_worker_that_drains_costs_no_error() {
    let (mut ends, stays) = (Worker::start().await, Worker::start().await);
    ends.behave(Manner::AnswersAfter(Duration::from_millis(20)));
    let reader = Reader::over(untold(&[&ends, &stays])).connected().await;
    let reads = reader.read_many(16, 60);
    let drain = async {
        eventually("reads under way", async || ends.asked() > 20).await;
        ends.say(ServingStatus::NotServing).await;
        eventually("no more reads there", async || {
            let before = ends.asked();
            tokio::time::sleep(Duration::from_millis(60)).await;
            ends.asked() == before
        })
        .await;
        ends.go_away();
    };
    let (failed, ()) = tokio::join!(reads, drain);
    assert_eq!(failed, 0);
}

/// Without any warning but the GOAWAY itself.
#[tokio::test]
async fn a_worker_that_goes_away_costs_no_error() {
    let (mut ends, stays) = (Worker::start().await, Worker::start().await);
    ends.behave(Manner::AnswersAfter(Duration::from_millis(20)));
    stays.behave(Manner::AnswersAfter(Duration::from_millis(5)));
    let reader = Reader::over(ready(&[&ends, &stays])).connected().await;
    let reads = reader.read_many(16, 60);
    let drain = async {
        eventually("reads under way", async || ends.asked() > 20).await;
        ends.go_away();
    };
    let (failed, ()) = tokio::join!(reads, drain);
    assert_eq!(failed, 0);
    assert!(stays.asked() > 500, "{} of the reads", stays.asked());
}

#[tokio::test]
async fn a_draining_endpoint_is_asked_only_when_no_ready_one_is_left() {
    let (ends, stays) = (Worker::start().await, Worker::start().await);
    let at = |worker: &Worker, readiness| Endpoint { address: worker.address, readiness };
    let both = BTreeSet::from([at(&ends, Readiness::Draining), at(&stays, Readiness::Ready)]);
    let (tell, told) = watch::channel(both);
    let reader = Reader::over(Box::new(Told(told))).connected().await;
    assert_eq!(reader.read_many(8, 20).await, 0);
    assert_eq!(ends.asked(), 0);
    tell.send(BTreeSet::from([at(&ends, Readiness::Draining)])).unwrap();
    eventually("the draining one", async || reader.read().await.is_ok() && ends.asked() > 0).await;
}
