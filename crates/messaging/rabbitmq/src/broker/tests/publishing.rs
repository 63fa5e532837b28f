use super::support::{DEADLINE, ITEM, event, events, with_options, with_shop, within};
use crate::send::Message;
use futures::future::join_all;
use lapin::options::{ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use pawnshop_events::{BATCH_CONTENT_TYPE, Event};
use pawnshop_messaging::{Broker, PublishError};
use std::collections::BTreeSet;
use std::time::Duration;

fn ids<'a>(events: impl IntoIterator<Item = &'a Event>) -> BTreeSet<String> {
    events.into_iter().map(|event| event.id.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_published_event_lies_in_its_flow_s_queue_as_people_and_tools_expect_it() {
    with_shop("a_published_event_lies_in_its_queue", async |world| {
        let sent = event();
        world.publish(vec![sent.clone()]).await.unwrap();
        let lying = world.take_all(&world.queue()).await.remove(0);
        assert_eq!(lying.events, [sent]);
        let properties = &lying.properties;
        assert_eq!(properties.content_type().as_ref().unwrap().as_str(), BATCH_CONTENT_TYPE);
        assert_eq!(properties.delivery_mode(), &Some(2));
        let headers = properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers.get("flow"), Some(&AMQPValue::LongString("item".into())));
        assert_eq!(headers.get("events"), Some(&AMQPValue::LongInt(1)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_come_while_confirms_are_outstanding_share_messages() {
    with_shop("events_share_messages", async |world| {
        let sent = events(1_000);
        let published = join_all(sent.iter().map(|event| world.publish(vec![event.clone()]))).await;
        assert!(published.iter().all(Result::is_ok), "{published:?}");
        let lying = world.take_all(&world.queue()).await;
        assert!(lying.len() * 10 < sent.len(), "{} messages", lying.len());
        assert!(lying.iter().all(|message| message.events.len() <= 256));
        assert_eq!(ids(lying.iter().flat_map(|message| &message.events)), ids(&sent));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_s_own_maximum_bounds_its_messages() {
    let lower = |options: &mut crate::RabbitOptions| {
        options.max_events.insert(ITEM, 16);
    };
    with_options("a_flow_s_own_maximum", lower, async |world| {
        world.publish(events(100)).await.unwrap();
        let lying = world.take_all(&world.queue()).await;
        assert_eq!(lying.iter().map(|message| message.events.len()).sum::<usize>(), 100);
        assert!(lying.iter().all(|message| message.events.len() <= 16));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_over_the_limit_is_refused_and_a_large_one_travels_alone() {
    with_shop("an_event_over_the_limit", async |world| {
        let of = |size: usize| Event { payload: vec![7; size].into(), ..event() };
        let refused = world.publish(vec![event(), of(16 << 20)]).await;
        assert!(matches!(refused, Err(PublishError::TooLarge { .. })), "{refused:?}");
        world.publish(vec![event(), of(3 << 20), event()]).await.unwrap();
        let lying = world.take_all(&world.queue()).await;
        assert_eq!(lying.iter().map(|message| message.events.len()).collect::<Vec<_>>(), [1, 1, 1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_for_a_queue_that_somebody_deleted_go_to_the_one_declared_anew() {
    with_shop("events_for_a_deleted_queue", async |world| {
        world.publish(vec![event()]).await.unwrap();
        let deleted = world.admin.queue_delete(world.queue().into(), QueueDeleteOptions::default());
        within(deleted).await.unwrap();
        let sent = events(300);
        let published = join_all(sent.iter().map(|event| world.publish(vec![event.clone()]))).await;
        assert!(published.iter().all(Result::is_ok), "{published:?}");
        let lying = world.take_all(&world.queue()).await;
        assert_eq!(ids(lying.iter().flat_map(|message| &message.events)), ids(&sent));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_no_queue_takes_is_a_failed_publish_that_names_the_queue() {
    with_shop("an_event_that_no_queue_takes", async |world| {
        let queue = world.queue();
        within(world.admin.queue_delete(queue.as_str().into(), QueueDeleteOptions::default())).await.unwrap();
        let classic = QueueDeclareOptions::durable();
        within(world.admin.queue_declare(queue.as_str().into(), classic, FieldTable::default()))
            .await
            .unwrap();
        for _ in 0..2 {
            let refused = world.publish(vec![event()]).await;
            let named = matches!(&refused, Err(PublishError::Unavailable(why)) if why.contains(&queue));
            assert!(named, "{refused:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_goes_on_after_the_exchange_was_deleted() {
    with_shop("publishing_goes_on_after_the_exchange_was_deleted", async |world| {
        world.publish(vec![event()]).await.unwrap();
        let exchange = world.broker.shared.names.exchange();
        within(world.admin.exchange_delete(exchange.into(), ExchangeDeleteOptions::default())).await.unwrap();
        // The broker closes the channel without saying whose message it was for.
        let first = world.publish(vec![event()]).await;
        assert!(matches!(first, Err(PublishError::Unconfirmed(_))), "{first:?}");
        world.publish(vec![event()]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_is_told_to_the_message_s_own_sender_however_confirms_overlap() {
    with_shop("a_return_is_told_to_its_own_sender", async |world| {
        let names = &world.broker.shared.names;
        let (there, missing) = (names.dead(&ITEM), "nobody-s".to_owned());
        let message = |queue: &str| Message::of_events(&ITEM, "", queue, &[event().encode()]);
        let sends = (0..600).map(async |n| {
            let to = if n % 3 == 0 { &missing } else { &there };
            (to == &there, within(world.broker.sender.send(message(to))).await)
        });
        for (is_there, sent) in join_all(sends).await {
            match sent {
                Ok(()) => assert!(is_there, "a returned message counted as published"),
                Err(error) => assert!(!is_there, "{error}"),
            }
        }
        world.until_ready(&there, 400).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_leave_nothing_behind() {
    let small = |options: &mut crate::RabbitOptions| options.max_pending_events = 50;
    with_options("callers_that_go_away", small, async |world| {
        for _ in 0..40 {
            let many = join_all((0..50).map(|_| world.publish(vec![event()])));
            let _ = tokio::time::timeout(Duration::from_micros(300), many).await;
        }
        // Room comes back as confirms do.
        super::support::eventually(async || world.publish(events(50)).await.is_ok()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_connection_publishing_is_refused_soon_and_flows_stay_remembered() {
    pawnshop_runtime::tls::install_provider();
    let shop = pawnshop_domain::ShopName::new("test", "nowhere").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut options = crate::RabbitOptions::new(format!("amqp://{address}").into(), shop);
    // Longer than an answer may take here: who is refused has not waited for these.
    options.deadlines.connect = DEADLINE * 2;
    options.deadlines.publish = DEADLINE * 2;
    let broker = crate::RabbitBroker::start(options).unwrap();
    let publisher = broker.publisher();
    assert_eq!(publisher.publish(&ITEM, vec![event()]).await, Err(PublishError::UnknownFlow(ITEM)));
    assert!(within(broker.declare(&[ITEM])).await.is_err());
    for _ in 0..2 {
        let refused = within(publisher.publish(&ITEM, vec![event()])).await;
        assert!(matches!(refused, Err(PublishError::Unavailable(_))), "{refused:?}");
    }
    broker.close().await;
}
