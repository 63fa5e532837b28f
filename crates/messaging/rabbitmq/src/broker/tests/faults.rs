//! What a broker of the test's own goes through.

use super::support::{DEADLINE, ITEM, World, event, events, eventually, options, within};
use futures::future::{FutureExt, join_all};
use pawnshop_messaging::{Broker, BrokerError, PublishError};
use pawnshop_servers::Rabbit;
use std::collections::BTreeSet;
use std::time::Duration;

/// A broker that these tests may harm; `None` where there is no RabbitMQ to start.
pub(super) async fn own(test: &str) -> Option<Rabbit> {
    if let Err(why) = Rabbit::installed() {
        pawnshop_servers::skip(test, &why);
        return None;
    }
    Some(Rabbit::start().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn during_a_memory_alarm_publishing_is_refused_at_once_and_then_goes_on() {
    let Some(rabbit) = own("during_a_memory_alarm").await else { return };
    let world = World::start(&rabbit, options(&rabbit)).await;
    world.publish(vec![event()]).await.unwrap();
    rabbit.rabbitmqctl(&["set_vm_memory_high_watermark", "0.00001"]).await.unwrap();
    eventually(async || {
        // The broker tells a connection that it is blocked when that publishes.
        let publish = tokio::time::timeout(Duration::from_millis(100), world.publish(vec![event()]));
        let _ = publish.await;
        world.broker.publishing.ready_to_publish().is_err()
    })
    .await;
    // At once: it waits for nothing at all.
    let refused = world.broker.publisher().publish(&ITEM, vec![event()]).now_or_never();
    assert!(matches!(refused, Some(Err(PublishError::Unavailable(_)))), "{refused:?}");
    assert!(within(world.broker.ping()).await.is_err());
    within(world.broker.consuming.ping()).await.unwrap();
    rabbit.rabbitmqctl(&["set_vm_memory_high_watermark", "0.6"]).await.unwrap();
    eventually(async || world.publish(vec![event()]).await.is_ok()).await;
    world.broker.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_hangs_costs_an_answer_in_time_and_bounded_memory() {
    let Some(mut rabbit) = own("a_broker_that_hangs").await else { return };
    let mut options = options(&rabbit);
    options.deadlines.publish = Duration::from_millis(1_500);
    // Longer than a publish may take here: the answer is in time by its own deadline, and by no other.
    options.deadlines.request = DEADLINE * 2;
    options.deadlines.heartbeat = DEADLINE * 2;
    options.max_pending_events = 100;
    let world = World::start(&rabbit, options).await;
    world.publish(vec![event()]).await.unwrap();
    rabbit.pause().unwrap();
    let published = join_all((0..150).map(|_| world.publish(vec![event()]))).await;
    let count = |wanted: fn(&PublishError) -> bool| {
        published.iter().filter(|result| result.as_ref().is_err_and(wanted)).count()
    };
    assert_eq!(count(|error| matches!(error, PublishError::Full(_))), 50);
    assert!(count(|error| matches!(error, PublishError::Unconfirmed(_))) >= 4, "{published:?}");
    rabbit.resume().unwrap();
    eventually(async || world.publish(vec![event()]).await.is_ok()).await;
    world.broker.close().await;
}

/// Has the broker write down that its new queues exist. RabbitMQ 3.10 does so when half a second or more has passed;
/// killed before, it starts them empty and without a leader (see the crate's documentation).
async fn write_queues_down(rabbit: &Rabbit) {
    let names = "#{names := #{directory_rev := Names}} = ra_system:fetch(quorum_queues), dets:sync(Names).";
    assert_eq!(rabbit.rabbitmqctl(&["eval", names]).await.unwrap().trim(), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_publishing_goes_on_within_seconds_and_confirmed_events_are_there() {
    let Some(mut rabbit) = own("after_a_kill").await else { return };
    let mut options = options(&rabbit);
    // Longer than it may take to be back: that the broker is gone is not found out by its silence.
    options.deadlines.heartbeat = DEADLINE * 2;
    let world = World::start(&rabbit, options.clone()).await;
    write_queues_down(&rabbit).await;
    let mut published = BTreeSet::new();
    for _ in 0..2 {
        let events = events(10);
        published.extend(events.iter().map(|event| event.id));
        world.publish(events).await.unwrap();
        rabbit.kill().await.unwrap();
        let refused = world.publish(vec![event()]).await;
        assert!(
            matches!(refused, Err(PublishError::Unavailable(_) | PublishError::Unconfirmed(_))),
            "{refused:?}"
        );
        assert!(matches!(within(world.broker.ping()).await, Err(BrokerError::Unavailable(_))));
        rabbit.restart().await.unwrap();
        eventually(async || world.publish(vec![event()]).await.is_ok()).await;
    }
    world.broker.close().await;
    let after = World::start(&rabbit, options).await;
    let there = after.take_all(&after.queue()).await;
    let there: BTreeSet<_> = there.iter().flat_map(|message| &message.events).map(|event| event.id).collect();
    assert!(
        there.is_superset(&published),
        "{} of {}",
        there.intersection(&published).count(),
        published.len()
    );
    after.broker.close().await;
}
