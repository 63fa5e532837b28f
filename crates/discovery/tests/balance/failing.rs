use crate::support::{Manner, Reader, Worker, eventually, options, ready, untold};
use pawnshop_discovery::{BalanceOptions, balanced};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_killed_worker_costs_no_error_and_comes_back_into_rotation() {
    for health in [true, false] {
        let (mut dies, stays) = (Worker::start().await, Worker::start().await);
        let source = if health { untold(&[&dies, &stays]) } else { ready(&[&dies, &stays]) };
        dies.behave(Manner::AnswersAfter(Duration::from_millis(10)));
        stays.behave(Manner::AnswersAfter(Duration::from_millis(10)));
        let reader = Reader::over(source).connected().await;
        let kill = async {
            eventually("reads under way", async || dies.asked() > 40).await;
            dies.kill();
        };
        let (failed, ()) = tokio::join!(reader.read_many(16, 40), kill);
        assert_eq!(failed, 0);
        assert!(stays.asked() > 300, "{} of the reads", stays.asked());

        dies.restart().await;
        eventually("reads at the one that came back", async || {
            reader.read().await.unwrap();
            dies.asked() > 20
        })
        .await;
    }
}

/// Every read is tried once on a worker that fails it, in whatever way, and the other has all second attempts: one
/// attempt more on the first would be a second failure, and so an error. The back-off does not help here: it is
/// switched off.
#[tokio::test]
async fn the_second_attempt_never_goes_to_the_worker_that_has_just_failed() {
    for manner in [Manner::SaysUnavailable, Manner::Hangs] {
        let (fails, works) = (Worker::start().await, Worker::start().await);
        let never_aside = BalanceOptions {
            first_set_aside: Duration::ZERO,
            longest_set_aside: Duration::ZERO,
            patience: Duration::from_secs(60),
            ..options()
        };
        let reader = Reader::by(balanced(ready(&[&fails, &works]), never_aside)).connected().await;
        fails.behave(manner);
        let (clients, each) = (32, 10);
        assert_eq!(reader.read_many(clients, each).await, 0, "{manner:?}");
        assert!(fails.asked() >= 10, "{} attempts failed", fails.asked());
        assert!(works.asked() >= clients * each);
    }
}

#[tokio::test]
async fn a_worker_that_hangs_is_avoided_and_costs_no_error() {
    let (hangs, works) = (Worker::start().await, Worker::start().await);
    let reader = Reader::over(untold(&[&hangs, &works])).connected().await;
    hangs.behave(Manner::Hangs);
    let before = hangs.asked();
    assert_eq!(reader.read_many(1, 60).await, 0);
    let asked = hangs.asked() - before;
    assert!(asked < 10, "the hung one was asked {asked} times by one client, and each cost it a time-out");
    assert_eq!(reader.read_many(8, 50).await, 0);
    let asked = hangs.asked();
    hangs.behave(Manner::Answers);
    eventually("the hung one's return", async || {
        reader.read().await.unwrap();
        hangs.asked() > asked + 20
    })
    .await;
}

#[tokio::test]
async fn a_server_that_accepts_and_never_says_a_word_is_avoided() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let works = Worker::start().await;
    let source = format!("static:{},{}", silent.local_addr().unwrap(), works.address);
    let source: pawnshop_discovery::Source = source.parse().unwrap();
    let reader = Reader::over(source.into_discovery()).connected().await;
    assert_eq!(reader.read_many(8, 50).await, 0);
    let begun = Instant::now();
    assert_eq!(reader.read_many(1, 20).await, 0);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn when_every_worker_fails_they_are_asked_all_the_same_and_recover_at_once() {
    let (one, two) = (Worker::start().await, Worker::start().await);
    let reader = Reader::over(ready(&[&one, &two])).connected().await;
    for worker in [&one, &two] {
        worker.behave(Manner::SaysUnavailable);
    }
    assert_eq!(reader.read_many(8, 10).await, 80);
    for worker in [&one, &two] {
        worker.behave(Manner::Answers);
    }
    assert_eq!(reader.read_many(8, 10).await, 0, "nobody is left out for good");
}

#[tokio::test]
async fn a_client_that_hangs_up_is_not_the_workers_failure() {
    let (one, two) = (Worker::start().await, Worker::start().await);
    let patient = BalanceOptions { patience: Duration::from_secs(60), ..options() };
    let reader = Reader::by(balanced(ready(&[&one, &two]), patient)).connected().await;
    one.behave(Manner::AnswersAfter(Duration::from_millis(50)));
    two.behave(Manner::AnswersAfter(Duration::from_millis(50)));
    for _ in 0..20 {
        assert!(tokio::time::timeout(Duration::from_millis(5), reader.read()).await.is_err());
    }
    let (before_one, before_two) = (one.asked(), two.asked());
    assert_eq!(reader.read_many(4, 10).await, 0);
    assert!(one.asked() > before_one && two.asked() > before_two, "both are still in rotation");
}
