use super::support::{ITEM, event, eventually, with_options, with_shop, within};
use crate::RabbitOptions;
use crate::send::Message;
use lapin::options::{BasicGetOptions, BasicRejectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use pawnshop_domain::FlowName;
use pawnshop_messaging::{Broker, BrokerError, PublishError, RetrySchedule};
use pawnshop_scaling::Backlog;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_with_other_arguments_is_told_by_name_and_harms_no_other_flow() {
    with_shop("a_queue_with_other_arguments", async |world| {
        let clashing = FlowName::fixed("clashing");
        let queue = world.broker.shared.names.queue(&clashing);
        let classic = QueueDeclareOptions::durable();
        within(world.admin.queue_declare(queue.as_str().into(), classic, FieldTable::default())).await.unwrap();
        let refused = within(world.broker.declare(&[clashing.clone(), FlowName::fixed("other")])).await;
        let named = matches!(&refused, Err(BrokerError::Declare(why)) if why.contains(&queue) && why.contains("delete"));
        assert!(named, "{refused:?}");
        let publisher = world.broker.publisher();
        let unavailable = within(publisher.publish(&clashing, vec![event()])).await;
        assert!(matches!(unavailable, Err(PublishError::Unavailable(_))), "{unavailable:?}");
        within(publisher.publish(&FlowName::fixed("other"), vec![event()])).await.unwrap();
        within(world.broker.ping()).await.unwrap();
        // Mended by a person, it is declared at the next call.
        let gone = world.admin.queue_delete(queue.as_str().into(), Default::default());
        within(gone).await.unwrap();
        within(world.broker.declare(std::slice::from_ref(&clashing))).await.unwrap();
        within(publisher.publish(&clashing, vec![event()])).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_in_a_delay_tier_goes_back_to_its_flow_after_the_delay() {
    // It must be seen waiting, on a busy machine too.
    const TIER: Duration = Duration::from_secs(5);
    let tier = |options: &mut RabbitOptions| options.schedule = RetrySchedule::new(vec![TIER]);
    with_options("what_waits_in_a_delay_tier", tier, async |world| {
        let sent = event();
        let tier = world.broker.shared.names.tier(TIER);
        let message = Message::of_events(&ITEM, &tier, ITEM.as_str(), &[sent.encode()]);
        let begun = Instant::now();
        within(world.broker.sender.send(message)).await.unwrap();
        assert_eq!(world.broker.delayed(&ITEM).await, Backlog::Known(1));
        world.until_ready(&world.queue(), 1).await;
        assert!(begun.elapsed() >= TIER);
        assert_eq!(world.take_all(&world.queue()).await.remove(0).events, [sent]);
        eventually(async || world.broker.delayed(&ITEM).await == Backlog::Known(0)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_broker_gives_up_goes_to_the_flow_s_dead_letters() {
    with_shop("what_the_broker_gives_up", async |world| {
        let sent = event();
        world.publish(vec![sent.clone()]).await.unwrap();
        let got = world.admin.basic_get(world.queue().into(), BasicGetOptions { no_ack: false });
        let got = within(got).await.unwrap().unwrap();
        within(got.delivery.acker.reject(BasicRejectOptions { requeue: false })).await.unwrap();
        let dead = world.broker.shared.names.dead(&ITEM);
        world.until_ready(&dead, 1).await;
        assert_eq!(world.take_all(&dead).await.remove(0).events, [sent]);
    })
    .await;
}
