use super::world::{
    Backend, World, all, event, events, flow, ids, nothing_comes, receive, received_ids, settle, within,
};
use crate::{Consumer, Settlement};
use pawnshop_domain::EventId;
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

pub async fn two_consumers_share_without_overlap<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = events(2_000);
    world.publish("a", &sent).await;
    let settled = Arc::new(AtomicUsize::new(0));
    let taking = |consumer: Box<dyn Consumer>| {
        let (settled, all_of_them) = (Arc::clone(&settled), sent.len());
        tokio::spawn(async move {
            let mut came = Vec::new();
            while settled.load(Ordering::SeqCst) < all_of_them {
                // Not for long: the other one may get the last.
                let receiving = tokio::time::timeout(Duration::from_millis(500), consumer.receive(50));
                let Ok(received) = receiving.await else { continue };
                let received = received.unwrap();
                came.extend(received_ids(&received));
                settle(&*consumer, all(&received, Settlement::Done)).await;
                settled.fetch_add(received.len(), Ordering::SeqCst);
            }
            nothing_comes(&*consumer).await;
            came
        })
    };
    let first = taking(world.consumer().await);
    let second = taking(world.consumer().await);
    let mut came = within(first).await.unwrap();
    came.extend(within(second).await.unwrap());
    assert_eq!(came.len(), sent.len(), "each event comes to one consumer");
    assert_eq!(came.into_iter().collect::<BTreeSet<EventId>>(), ids(&sent));
}

pub async fn a_consumer_of_several_flows_hears_of_all<B: Backend>() {
    let world = World::<B>::start().await;
    let names = ["a", "b", "c"];
    let flows = names.map(flow);
    world.broker().declare(&flows).await.unwrap();
    let consumer = world.consume(&flows).await.unwrap();
    for name in names {
        let sent = [event(1)];
        world.publish(name, &sent).await;
        let received = receive(&*consumer, 1).await;
        assert_eq!((received[0].flow.as_str(), received_ids(&received)), (name, ids(&sent)));
        settle(&*consumer, all(&received, Settlement::Done)).await;
    }
    nothing_comes(&*consumer).await;
}

pub async fn a_full_flow_does_not_starve_another<B: Backend>() {
    let world = World::<B>::start().await;
    let flows = [flow("a"), flow("b")];
    world.broker().declare(&flows).await.unwrap();
    world.publish("a", &events(1_000)).await;
    world.publish("b", &[event(1)]).await;
    let consumer = world.consume(&flows).await.unwrap();
    let mut before = 0;
    loop {
        let received = receive(&*consumer, 10).await;
        if received.iter().any(|received| received.flow == flows[1]) {
            break;
        }
        before += received.len();
        assert!(before < 500, "500 events of the full flow came first");
    }
}

pub async fn every_waiting_consumer_is_woken<B: Backend>() {
    let world = World::<B>::start().await;
    let flows = [flow("a"), flow("b")];
    world.broker().declare(&flows).await.unwrap();
    let (came, mut coming) = tokio::sync::mpsc::unbounded_channel();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let consumer = world.consume(&flows).await.unwrap();
        let came = came.clone();
        waiting.spawn(async move {
            loop {
                came.send(received_ids(&receive(&*consumer, 1).await)).unwrap();
                // What one consumer prefetches comes to no other. Elsewhere nobody gets two.
                if !B::prefetches() {
                    return std::future::pending::<()>().await;
                }
            }
        });
    }
    world.publish("a", &events(5)).await;
    for n in 0..10 {
        world.publish("b", &[event(n)]).await;
    }
    world.publish("a", &events(5)).await;
    let mut all_that_came = BTreeSet::new();
    while all_that_came.len() < 20 {
        all_that_came.append(&mut within(coming.recv()).await.unwrap());
    }
}

pub async fn a_receive_that_is_cancelled_loses_nothing<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = events(600);
    let flows = [flow("a"), flow("b")];
    world.broker().declare(&flows).await.unwrap();
    let consumer = world.consume(&flows).await.unwrap();
    let publishing = {
        let (publisher, sent) = (world.broker().publisher(), sent.clone());
        tokio::spawn(async move {
            for (batch, flow) in sent.chunks(3).zip(flows.iter().cycle()) {
                publisher.publish(flow, batch.to_vec()).await.unwrap();
            }
        })
    };
    let mut came = Vec::new();
    let receiving = async {
        for turn in 0.. {
            if came.len() >= sent.len() {
                break;
            }
            // Dropped at ever other points: before it waits, while it waits, between two flows' reads.
            let receiving = polled_at_most(turn % 6, consumer.receive(7));
            let received = tokio::time::timeout(Duration::from_millis(20), receiving).await;
            if let Ok(Some(received)) = received {
                let received = received.unwrap();
                came.extend(received_ids(&received));
                settle(&*consumer, all(&received, Settlement::Done)).await;
            }
        }
    };
    within(receiving).await;
    within(publishing).await.unwrap();
    assert_eq!(came.len(), sent.len());
    assert_eq!(came.into_iter().collect::<BTreeSet<EventId>>(), ids(&sent));
}

/// `future`'s result, unless it has not completed after so many polls: then it is dropped.
async fn polled_at_most<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

pub async fn receive_takes_no_more_than_asked_for<B: Backend>() {
    let world = World::<B>::start().await;
    world.publish("a", &events(50)).await;
    let consumer = world.consumer().await;
    for max in [1, 7, 20] {
        let received = within(consumer.receive(max)).await.unwrap();
        assert!((1..=max).contains(&received.len()), "{} of at most {max}", received.len());
    }
}

pub async fn backlog_counts_ready_and_unsettled_events<B: Backend>() {
    let world = World::<B>::start().await;
    world.eventually_backlog(0, 0).await;
    world.publish("a", &events(10)).await;
    world.eventually_backlog(10, 0).await;
    let consumer = world.consumer().await;
    let received = receive(&*consumer, 4).await;
    world.eventually_backlog(10, 0).await;
    settle(&*consumer, all(&received[..3], Settlement::Done)).await;
    world.eventually_backlog(7, 0).await;
    settle(&*consumer, all(&received[3..], Settlement::Return)).await;
    drop(consumer);
    world.eventually_backlog(7, 0).await;
}
