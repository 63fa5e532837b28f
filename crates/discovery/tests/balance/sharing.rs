use crate::support::{Manner, Reader, Told, Worker, eventually, options, ready, untold};
use pawnshop_discovery::{Endpoint, HostPort, Readiness, StaticList, balanced, balanced_with_roster};
use pawnshop_rpc::v1::GetOutcomeRequest;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::watch;
use tonic::Code;

#[tokio::test]
async fn reads_are_shared_fairly_one_after_the_other_and_at_once() {
    for (clients, each) in [(1, 600), (32, 60)] {
        let (one, two, three) = (Worker::start().await, Worker::start().await, Worker::start().await);
        // Equally fast, whatever else the machine does.
        for worker in [&one, &two, &three] {
            worker.behave(Manner::AnswersAfter(Duration::from_millis(if clients > 1 { 10 } else { 0 })));
        }
        let reader = Reader::over(ready(&[&one, &two, &three])).connected().await;
        assert_eq!(reader.read_many(clients, each).await, 0);
        for worker in [&one, &two, &three] {
            let share = f64::from(worker.asked()) / f64::from(clients * each);
            assert!((0.2..0.47).contains(&share), "{share} of the reads at {clients} at once");
        }
    }
}

#[tokio::test]
async fn a_slow_worker_gets_fewer_reads_than_a_fast_one() {
    let (slow, fast) = (Worker::start().await, Worker::start().await);
    slow.behave(Manner::AnswersAfter(Duration::from_millis(40)));
    let reader = Reader::over(ready(&[&slow, &fast])).connected().await;
    assert_eq!(reader.read_many(16, 25).await, 0);
    assert!(slow.asked() * 2 < fast.asked(), "{} and {}", slow.asked(), fast.asked());
}

#[tokio::test]
async fn a_static_list_is_read_over_and_a_server_without_the_health_service_serves() {
    let (one, two) = (Worker::start().await, Worker::start_without_health().await);
    let hosts: Vec<HostPort> =
        [&one, &two].iter().map(|worker| worker.address.to_string().parse().unwrap()).collect();
    let reader = Reader::over(Box::new(StaticList::new(hosts))).connected().await;
    eventually("reads at both", async || {
        reader.read().await.unwrap();
        one.asked() > 5 && two.asked() > 5
    })
    .await;
}

#[tokio::test]
async fn without_any_worker_a_read_fails_at_once_and_says_what_was_looked_for() {
    let reader = Reader::over(ready(&[]));
    let status = reader.read().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("told:by-the-test"), "{status}");
}

#[tokio::test]
async fn workers_that_come_are_asked_and_those_that_go_are_not() {
    let (one, two) = (Worker::start().await, Worker::start().await);
    let at = |worker: &Worker| Endpoint { address: worker.address, readiness: Readiness::Ready };
    let (tell, told) = watch::channel(BTreeSet::from([at(&one)]));
    let reader = Reader::over(Box::new(Told(told))).connected().await;
    tell.send(BTreeSet::from([at(&one), at(&two)])).unwrap();
    eventually("the one that came", async || reader.read().await.is_ok() && two.asked() > 0).await;
    tell.send(BTreeSet::from([at(&two)])).unwrap();
    eventually("the one that went", async || {
        let before = one.asked();
        assert_eq!(reader.read_many(1, 20).await, 0);
        one.asked() == before
    })
    .await;
}

#[tokio::test]
async fn each_worker_can_be_asked_by_itself_and_how_it_answers_counts_for_nothing() {
    let (one, two) = (Worker::start().await, Worker::start().await);
    let (channel, roster) = balanced_with_roster(ready(&[&one, &two]), options());
    let reader = Reader::by(channel).connected().await;
    let before = (one.asked(), two.asked());
    one.behave(Manner::SaysUnavailable);
    let workers = roster.each();
    assert_eq!(workers.len(), 2);
    let mut answers = Vec::new();
    for worker in workers {
        answers.push(OutcomesClient::new(worker).get_outcome(GetOutcomeRequest::default()).await.is_ok());
    }
    answers.sort();
    assert_eq!((answers, one.asked(), two.asked()), (vec![false, true], before.0 + 1, before.1 + 1));
    one.behave(Manner::Answers);
    eventually("the one that failed so is not set aside", async || {
        let before = one.asked();
        reader.read().await.unwrap();
        one.asked() > before
    })
    .await;
}

#[tokio::test]
async fn the_search_for_workers_ends_with_the_last_clone_of_the_channel() {
    let worker = Worker::start().await;
    let (tell, told) = watch::channel(BTreeSet::new());
    let channel = balanced(Box::new(Told(told)), options());
    let reader = Reader::by(channel.clone());
    assert!(reader.read().await.is_err());
    drop(channel);
    tell.send(BTreeSet::from([Endpoint { address: worker.address, readiness: Readiness::Ready }])).unwrap();
    eventually("a read by the other clone", async || reader.read().await.is_ok()).await;
    drop(reader);
    eventually("the end of the search", async || tell.is_closed()).await;
}

#[tokio::test]
async fn only_those_that_serve_are_asked_and_with_none_what_there_is() {
    use tonic_health::ServingStatus::{NotServing, Serving};
    let (one, two) = (Worker::start().await, Worker::start().await);
    one.say(NotServing).await;
    let reader = Reader::over(untold(&[&one, &two])).connected().await;
    eventually("one to be left out", async || {
        let before = one.asked();
        assert_eq!(reader.read_many(1, 20).await, 0);
        one.asked() == before
    })
    .await;
    two.say(NotServing).await;
    eventually("one to be asked when none serves", async || {
        let before = one.asked();
        assert_eq!(reader.read_many(1, 20).await, 0);
        one.asked() > before
    })
    .await;
    one.say(Serving).await;
    eventually("two to be left out", async || {
        let before = two.asked();
        assert_eq!(reader.read_many(1, 20).await, 0);
        two.asked() == before
    })
    .await;
}
