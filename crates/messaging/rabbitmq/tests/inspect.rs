//! Looking into queues over AMQP, on a real RabbitMQ.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use pawnshop_messaging::contract::event;
use pawnshop_messaging_rabbitmq::{Inspector, TlsParts};
use support::{Rabbit, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ready_is_told_exactly_and_a_queue_that_is_not_there_is_no_empty_one() {
    if let Err(why) = pawnshop_servers::Rabbit::installed() {
        pawnshop_servers::skip("what_is_ready_is_told_exactly", &why);
        return;
    }
    let rabbit = Rabbit::new().await;
    let inspector = Inspector::new(&rabbit.options.uri, &TlsParts::default(), "a test").unwrap();
    assert_eq!(inspector.ready(&rabbit.name("a")).await.unwrap(), Some(0));
    assert_eq!(inspector.ready(&rabbit.name("b")).await.unwrap(), None);
    rabbit.publish(&[event(1)]).await;
    assert_eq!(
        inspector.ready(&rabbit.name("a")).await.unwrap(),
        Some(1),
        "on a channel after the one that ended"
    );

    rabbit.cut();
    eventually("it has connected again", async || {
        inspector.ready(&rabbit.name("a")).await.ok() == Some(Some(1))
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_told_and_never_a_number() {
    let inspector =
        Inspector::new(&"amqp://u:pass-word@127.0.0.1:1".into(), &TlsParts::default(), "a test").unwrap();
    let told = inspector.ready("a").await.unwrap_err().to_string();
    assert!(told.contains("cannot connect") && !told.contains("pass-word"), "{told}");
}
