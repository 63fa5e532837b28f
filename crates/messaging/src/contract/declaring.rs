use super::world::{Backend, World, event, flow, ids, receive, received_ids, within};
use crate::{BrokerError, PublishError};
use pawnshop_scaling::Backlog;

pub async fn declaring_twice_keeps_what_is_there<B: Backend>() {
    let world = World::<B>::start().await;
    let sent = [event(1)];
    world.publish("a", &sent).await;
    within(world.broker().declare(&[flow("a"), flow("b")])).await.unwrap();
    assert_eq!(received_ids(&receive(&*world.consumer().await, 1).await), ids(&sent));
}

pub async fn an_undeclared_flow_cannot_be_published_to<B: Backend>() {
    let world = World::<B>::start().await;
    let refused = within(world.broker().publisher().publish(&flow("never"), vec![event(1)])).await;
    assert_eq!(refused, Err(PublishError::UnknownFlow(flow("never"))));
}

pub async fn an_undeclared_flow_cannot_be_consumed<B: Backend>() {
    let world = World::<B>::start().await;
    let refused = world.consume(&[flow("a"), flow("never")]).await.err();
    assert!(
        matches!(&refused, Some(BrokerError::UnknownFlow(name)) if *name == flow("never")),
        "{refused:?}"
    );
}

pub async fn the_backlog_of_an_undeclared_flow_is_unknown<B: Backend>() {
    let world = World::<B>::start().await;
    let backlog = within(world.broker().backlog(&flow("never"))).await;
    assert!(matches!(backlog, Backlog::Unknown(_)), "{backlog:?}");
}

pub async fn a_broker_that_runs_answers_a_ping<B: Backend>() {
    let world = World::<B>::start().await;
    within(world.broker().ping()).await.unwrap();
}
