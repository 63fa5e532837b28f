//! A fleet that cannot be right does not start.

use crate::support::{ALPHA, BETA, backends, one_pool, options};
use pawnshop_domain::FlowName;
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
    let error = fault(vec![pool("a", &[ALPHA, FlowName::fixed("gamma")])]).await;
    assert_eq!(error.to_string(), r#"pool "a": there is no flow "gamma"; there are "alpha", "beta""#);
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
async fn a_store_that_does_not_answer_is_an_error_and_not_a_wait() {
    let (broker, store, _folder) = backends();
    store.all.hang();
    let started = Fleet::start(options(broker, store, one_pool())).await;
    assert!(matches!(started, Err(FleetError::Declare(_))));
}
