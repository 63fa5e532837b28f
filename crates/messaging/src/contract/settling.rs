use super::world::{Backend, World, all, event, events, ids, nothing_comes, receive, received_ids, settle};
use crate::{Receipt, Settlement, Tier};
use std::time::Duration;

const TIER: Duration = Duration::from_millis(100);

pub async fn a_settled_event_never_comes_again<B: Backend>() {
    let world = World::<B>::start().await;
    world.publish("a", &events(10)).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 10).await;
    settle(&*consumer, all(&received, Settlement::Done)).await;
    nothing_comes(&*consumer).await;
    drop(consumer);
    nothing_comes(&*world.consumer().await).await;
}

pub async fn settling_twice_has_no_effect<B: Backend>() {
    let world = World::<B>::with_tiers(&[TIER]).await;
    world.publish("a", &[event(1)]).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 1).await;
    for settlement in
        [Settlement::Done, Settlement::Done, Settlement::Return, Settlement::Retry(Tier { delay: TIER })]
    {
        settle(&*consumer, all(&received, settlement)).await;
    }
    nothing_comes(&*consumer).await;
    world.eventually_backlog(0, 0).await;
}

pub async fn settling_nothing_is_fine<B: Backend>() {
    let world = World::<B>::start().await;
    let consumer = world.consumer().await;
    settle(&*consumer, Vec::new()).await;
    settle(&*consumer, vec![(Receipt(12_345), Settlement::Done)]).await;
}

pub async fn a_returned_event_comes_at_once_with_no_attempt_counted<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = [event(1)];
    world.publish("a", &sent).await;
    let consumer = world.consumer().await;
    for _ in 0..3 {
        let received = receive(&*consumer, 1).await;
        assert_eq!(received[0].event.as_ref().unwrap(), &sent[0]);
        settle(&*consumer, all(&received, Settlement::Return)).await;
    }
}

pub async fn an_unsettled_event_comes_again_when_its_consumer_is_dropped<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = events(10);
    world.publish("a", &sent).await;
    let lost = world.consumer().await;
    receive(&*lost, 10).await;
    let other = world.consumer().await;
    nothing_comes(&*other).await;
    drop(lost);
    let again = receive(&*other, 10).await;
    assert_eq!(received_ids(&again), ids(&sent));
    assert!(again.iter().all(|received| received.event.as_ref().unwrap().attempt == 0));
}

pub async fn only_what_was_not_settled_comes_again<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = events(100);
    world.publish("a", &sent).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 100).await;
    let (done, kept): (Vec<_>, Vec<_>) =
        received.into_iter().enumerate().partition(|(index, _)| index % 3 != 0 && index % 7 != 0);
    let done: Vec<_> = done.into_iter().map(|(_, received)| received).collect();
    let kept: Vec<_> = kept.into_iter().map(|(_, received)| received).collect();
    settle(&*consumer, all(&done, Settlement::Done)).await;
    drop(consumer);
    let consumer = world.consumer().await;
    let again = receive(&*consumer, kept.len()).await;
    assert_eq!(received_ids(&again), received_ids(&kept));
    nothing_comes(&*consumer).await;
}

pub async fn settlements_of_one_call_are_independent<B: Backend>() {
    let world = World::<B>::with_tiers(&[TIER]).await;
    world.publish("a", &events(3)).await;
    let consumer = world.consumer().await;
    let mut received = receive(&*consumer, 3).await;
    let (done, retried, returned) = (received.remove(0), received.remove(0), received.remove(0));
    let retry = Settlement::Retry(Tier { delay: TIER });
    settle(
        &*consumer,
        vec![
            (done.receipt, Settlement::Done),
            (retried.receipt, retry),
            (returned.receipt, Settlement::Return),
        ],
    )
    .await;
    let again = receive(&*consumer, 2).await;
    let attempt_of = |id| {
        let mut all = again.iter().map(|received| received.event.as_ref().unwrap());
        all.find(|event| event.id == id).map(|event| event.attempt)
    };
    assert_eq!(attempt_of(done.event.unwrap().id), None);
    assert_eq!(attempt_of(retried.event.unwrap().id), Some(1));
    assert_eq!(attempt_of(returned.event.unwrap().id), Some(0));
}
