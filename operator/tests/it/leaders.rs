use crate::support::{PATIENCE, World, eventually, full};
use kube::api::DeleteParams;
use pawnshop_operator::kind::Kind;
use std::time::{Duration, Instant};

/// How long a shop may be without anybody who writes (decision K2).
const FAILOVER: Duration = Duration::from_secs(15);

#[tokio::test]
async fn when_the_leader_is_killed_another_repairs_within_fifteen_seconds() {
    let Some(world) =
        World::new("leaders::when_the_leader_is_killed_another_repairs_within_fifteen_seconds").await
    else {
        return;
    };
    world.apply_shop("town", &full()).await;
    let mut first = world.operator("first").await;
    world.told("town", "Progressing", "RollingOut").await;
    let mut second = world.operator("second").await;
    assert_eq!(second.metric("pawnshop_operator_leader").await, 0.0, "ready without leading");
    world.quiet().await;

    first.0.kill().await.unwrap();
    let killed = Instant::now();
    let services = world.api(Kind::Service);
    services.delete("town-fleet", &DeleteParams::default()).await.unwrap();
    eventually("the Service is there again", async || {
        services.get_opt("town-fleet").await.unwrap().is_some()
    })
    .await;
    assert!(killed.elapsed() <= FAILOVER, "{:?}", killed.elapsed());
    assert_eq!(second.metric("pawnshop_operator_leader").await, 1.0);
}

#[tokio::test]
async fn a_leader_that_is_told_to_stop_hands_over_at_once_and_one_that_stood_still_writes_nothing() {
    let Some(world) = World::new(
        "leaders::a_leader_that_is_told_to_stop_hands_over_at_once_and_one_that_stood_still_writes_nothing",
    )
    .await
    else {
        return;
    };
    world.apply_shop("town", &full()).await;
    let mut first = world.operator("first").await;
    world.told("town", "Progressing", "RollingOut").await;
    let mut second = world.operator("second").await;
    let ended = first.0.stop(PATIENCE).await.unwrap();
    assert!(ended.success(), "{ended}");
    eventually("the second leads", async || second.metric("pawnshop_operator_leader").await > 0.0).await;

    // It wakes up after its lease has become another's.
    let mut third = world.operator("third").await;
    second.0.pause();
    eventually("the third leads", async || third.metric("pawnshop_operator_leader").await > 0.0).await;
    second.0.resume();
    eventually("the second ends", async || second.0.ended().is_some()).await;
    assert!(!second.0.ended().unwrap().success());
    assert!(second.0.output().contains("lease"), "{}", second.0.output());
}
