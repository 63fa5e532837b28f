use super::world::{Backend, World, all, event, events, ids, nothing_comes, receive, received_ids, settle};
use crate::Settlement;
use bytes::Bytes;
use pawnshop_domain::Instant;
use pawnshop_events::Event;
use std::collections::BTreeSet;

async fn arrives<B: Backend>(sent: Event) {
    let world = World::<B>::start().await;
    world.publish("a", std::slice::from_ref(&sent)).await;
    let received = receive(&*world.consumer().await, 1).await.remove(0);
    assert_eq!(received.flow.as_str(), "a");
    assert_eq!(received.event.unwrap(), sent);
}

pub async fn a_published_event_arrives_with_every_field<B: Backend>() {
    arrives::<B>(Event {
        subject: "Ölgemälde, 19. Jh.".to_owned(),
        time: Instant::from_micros(1_700_000_000_123_456),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        attempt: 2,
        ..event(1)
    })
    .await;
}

pub async fn an_event_without_optional_fields_arrives_without_them<B: Backend>() {
    arrives::<B>(Event { traceparent: None, payload: Bytes::new(), ..event(1) }).await;
}

pub async fn a_large_event_arrives_whole<B: Backend>() {
    let payload: Vec<u8> = (0..400_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    arrives::<B>(Event { payload: Bytes::from(payload), ..event(1) }).await;
}

pub async fn a_batch_of_thousands_arrives_whole<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = events(5_000);
    world.publish("a", &sent).await;
    let consumer = world.consumer().await;
    let mut came = BTreeSet::new();
    while came.len() < sent.len() {
        let part = receive(&*consumer, 700.min(sent.len() - came.len())).await;
        settle(&*consumer, all(&part, Settlement::Done)).await;
        came.append(&mut received_ids(&part));
    }
    assert_eq!(came, ids(&sent));
    nothing_comes(&*consumer).await;
}

pub async fn events_of_many_publishers_arrive_once_each<B: Backend>() {
    let world = World::<B>::start().await;
    let sent: Vec<_> = (0..40).map(|_| events(25)).collect();
    let publishing = sent.iter().map(|batch| {
        let publisher = world.broker().publisher();
        let batch = batch.clone();
        tokio::spawn(async move {
            for event in batch {
                publisher.publish(&super::flow("a"), vec![event]).await.unwrap();
            }
        })
    });
    let publishing: Vec<_> = publishing.collect();
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 1_000).await;
    for task in publishing {
        super::world::within(task).await.unwrap();
    }
    assert_eq!(received_ids(&received), ids(&sent.concat()));
    settle(&*consumer, all(&received, Settlement::Done)).await;
    nothing_comes(&*consumer).await;
    world.eventually_backlog(0, 0).await;
}

pub async fn publishing_nothing_is_fine<B: Backend>() {
    let world = World::<B>::start().await;
    world.publish("a", &[]).await;
    nothing_comes(&*world.consumer().await).await;
}

/// What the same event twice means is the worker's affair (G2): the broker delivers it.
pub async fn the_same_event_published_twice_arrives<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = [event(1)];
    world.publish("a", &sent).await;
    world.publish("a", &sent).await;
    assert_eq!(received_ids(&receive(&*world.consumer().await, 1).await), ids(&sent));
}
