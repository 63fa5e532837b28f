//! A fleet that cannot be right does not start.

use crate::support::{ALPHA, BETA, backends, one_pool, options, refusing_declarations};
use pawnshop_domain::FlowName;
use pawnshop_flow::PoolConfig;
use pawnshop_worker::{Fleet, FleetError, PoolOptions};

async fn fault(pools: Vec<PoolOptions>) -> FleetError {
    let (broker, store, _folder) = backends();
    let mut options = options(broker, store, one_pool());
    options.pools = pools;
    match Fleet::start(options).await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

fn pool(name: &str, flows: &[FlowName]) -> PoolOptions {
    PoolOptions { name: name.to_owned(), flows: flows.to_vec(), ..one_pool() }
}

#[tokio::test]
async fn an_unknown_flow_is_named_with_those_that_there_are() {
    let error = fault(vec![pool("a", &[ALPHA, FlowName::fixed("delta")])]).await;
    assert_eq!(
        error.to_string(),
        r#"pool "a": there is no flow "delta"; there are "alpha", "beta", "gamma""#
    );
}

#[tokio::test]
async fn a_flow_is_in_one_pool_at_most() {
    let error = fault(vec![pool("a", &[ALPHA]), pool("b", &[BETA, ALPHA])]).await;
    assert_eq!(error.to_string(), r#"flow "alpha" is in pool "a" and in pool "b"; it belongs in one"#);
}

#[tokio::test]
async fn pools_have_names_of_their_own_and_flows() {
    assert!(matches!(fault(vec![pool("a", &[ALPHA]), pool("a", &[BETA])]).await, FleetError::PoolTwice(_)));
    assert!(matches!(fault(vec![pool("a", &[])]).await, FleetError::PoolWithoutFlows(_)));
}

#[tokio::test]
async fn a_key_that_no_flow_of_the_pool_reads_is_told() {
    let config: PoolConfig = r#"{"highest": 7}"#.parse().unwrap();
    let error = fault(vec![PoolOptions { config, ..pool("a", &[ALPHA]) }]).await;
    let told = r#"pool "a": its config is wrong: "highest" is read by no flow of the pool; they read none"#;
    assert_eq!(error.to_string(), told);
}

#[tokio::test]
async fn a_store_or_a_broker_that_refuses_the_declarations_is_an_error_that_says_so() {
    let (broker, store, _folder) = backends();
    store.fault(refusing_declarations);
    let error = Fleet::start(options(broker, store, one_pool())).await.err().unwrap().to_string();
    assert_eq!(
        error,
        "cannot declare the collections: the store refused: an index of this name has other fields"
    );

    let (broker, store, _folder) = backends();
    broker.switches().declare.fail();
    let error = Fleet::start(options(broker, store, one_pool())).await.err().unwrap().to_string();
    assert_eq!(
        error,
        "cannot declare the queues: the queue cannot be declared: another kind of queue has this name"
    );
}
