//! What goes wrong at the broker and heals without anybody's help.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{Broker, Settlement};
use std::time::{Duration, Instant};
use support::{Rabbit, Server, all, eventually, receive, within};

/// RabbitMQ 3.10 can lose what it sends to a consumer whose queue is declared again in the moment in which it is
/// deleted (docs/FLEET.md): in some of so many tries it does.
const TRIES: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_deleted_and_declared_in_one_moment_is_consumed_again_soon() {
    if Server::missing("a_queue_deleted_and_declared_in_one_moment_is_consumed_again_soon") {
        return;
    }
    let rabbit = Rabbit::with(|options| options.deadlines.quiet = Duration::from_secs(2)).await;
    let (admin, queue) = (rabbit.channel().await, rabbit.name("a"));
    let mut consumer = rabbit.consumer().await;
    for n in 0..TRIES {
        let deleting = admin.queue_delete(queue.as_str().into(), Default::default());
        // A publisher that misses the queue has it declared again at once.
        let publishing = async {
            let _ = rabbit.broker.publisher().publish(&flow("a"), vec![event(n)]).await;
        };
        let (deleted, ()) = within(async { tokio::join!(deleting, publishing) }).await;
        deleted.unwrap();
        rabbit.publish(&[event(TRIES + n)]).await;
        let last = format!("item-{}", TRIES + n);
        loop {
            let Ok(received) = within(consumer.receive(10)).await else {
                // As a worker does: a consumer that is lost is replaced.
                consumer = rabbit.consumer().await;
                continue;
            };
            let is_last = received.iter().any(|received| received.event.as_ref().unwrap().subject == last);
            let _ = within(consumer.settle(all(&received, Settlement::Done))).await;
            if is_last {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_queue_is_consumed_anew_again_and_again_and_loses_nothing() {
    if Server::missing("a_quiet_queue_is_consumed_anew_again_and_again_and_loses_nothing") {
        return;
    }
    let rabbit = Rabbit::with(|options| options.deadlines.quiet = Duration::from_millis(20)).await;
    let consumer = rabbit.consumer().await;
    for n in 0..40 {
        rabbit.publish(&[event(n)]).await;
        let received = receive(&*consumer, 1).await;
        assert_eq!(received[0].event.as_ref().unwrap().subject, format!("item-{n}"));
        // Asking takes longer than the queue may be quiet.
        assert_eq!(rabbit.ready("a").await, 0, "it is held, and nothing else is there");
        within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    }
    drop(consumer);
    eventually("nothing is left", async || rabbit.ready("a").await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_ends_each_connection_soon_is_asked_less_and_less_often() {
    if Server::missing("a_broker_that_ends_each_connection_soon_is_asked_less_and_less_often") {
        return;
    }
    let rabbit = Rabbit::new().await;
    let begun = Instant::now();
    for _ in 0..6 {
        let before = rabbit.connections();
        rabbit.cut();
        // One to publish, one to consume.
        eventually("it connects", async || rabbit.connections() >= before + 2).await;
        eventually("it is connected", async || rabbit.broker.ping().await.is_ok()).await;
    }
    // Half of 100, 200, 400, 800, 1600 and 2000 ms at the least. A connect that begins anew each time takes a tenth.
    assert!(begun.elapsed() >= Duration::from_millis(2_550), "{:?}", begun.elapsed());
}
