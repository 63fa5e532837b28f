use super::support::{DEADLINE, ITEM, World, events, with_options, within};
use lapin::options::{BasicGetOptions, QueueDeleteOptions};
use pawnshop_messaging::Broker;
use pawnshop_scaling::Backlog;
use std::time::Duration;

async fn until_backlog(world: &World, wanted: u64) {
    let mut found = None;
    let reached = tokio::time::timeout(DEADLINE, async {
        while found != Some(Backlog::Known(wanted)) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let backlog = world.broker.backlog(&ITEM).await;
            // Never zero on the way up: unknown until the statistics have ticked.
            assert!(wanted == 0 || backlog != Backlog::Known(0));
            found = Some(backlog);
        }
    });
    assert!(reached.await.is_ok(), "{found:?} instead of {wanted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_is_told_in_events_and_not_in_messages() {
    let fresh = |options: &mut crate::RabbitOptions| options.deadlines.sample = Duration::ZERO;
    with_options("a_backlog_is_told_in_events", fresh, async |world| {
        if world.broker.shared.options.management_uri.is_none() {
            return pawnshop_servers::skip("a_backlog_is_told_in_events", "BROKER_MANAGEMENT_URI is not set");
        }
        until_backlog(world, 0).await;
        world.publish(events(300)).await.unwrap();
        until_backlog(world, 300).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_made_anew_is_never_told_empty_while_consumers_hold_all_it_has() {
    let fresh = |options: &mut crate::RabbitOptions| options.deadlines.sample = Duration::ZERO;
    with_options("a_queue_made_anew_is_never_told_empty", fresh, async |world| {
        if world.broker.shared.options.management_uri.is_none() {
            return pawnshop_servers::skip("a_queue_made_anew", "BROKER_MANAGEMENT_URI is not set");
        }
        until_backlog(world, 0).await;
        let queue = world.queue();
        within(world.admin.queue_delete(queue.as_str().into(), QueueDeleteOptions::default())).await.unwrap();
        within(world.broker.declare(&[ITEM])).await.unwrap();
        world.publish(events(5)).await.unwrap();
        let keep = BasicGetOptions { no_ack: false };
        while within(world.admin.basic_get(queue.as_str().into(), keep)).await.unwrap().is_some() {}
        until_backlog(world, 5).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_management_uri_the_backlog_is_unknown_and_says_so() {
    with_options(
        "without_a_management_uri",
        |options| options.management_uri = None,
        async |world| {
            let backlog = world.broker.backlog(&ITEM).await;
            assert!(matches!(&backlog, Backlog::Unknown(why) if why.contains("management")), "{backlog:?}");
        },
    )
    .await;
}
