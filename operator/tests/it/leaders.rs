use crate::partition::keep_changing;
use crate::support::{Operator, PATIENCE, World, eventually, full};
use kube::api::DeleteParams;
use pawnshop_operator::kind::Kind;
use std::time::{Duration, Instant};
use tokio_util::task::AbortOnDropHandle;

/// The lease of a release, as long as it is there.
const OF_A_RELEASE: [&str; 2] = ["--lease-duration=10s", "--lease-renew-deadline=7s"];

/// How long a shop may be without anybody who writes (decision K2).
const FAILOVER: Duration = Duration::from_secs(15);

/// A lease that others need not wait for long, and that is kept where the machine does much else.
const SHORT: [&str; 2] = ["--lease-duration=20s", "--lease-renew-deadline=15s"];

/// How long it takes until somebody repairs once the leader is killed.
async fn fails_over(world: &World, leader: &mut Operator) -> Duration {
    leader.0.kill().await.unwrap();
    let killed = Instant::now();
    let services = world.api(Kind::Service);
    services.delete("town-fleet", &DeleteParams::default()).await.unwrap();
    eventually("the Service is there again", async || {
        services.get_opt("town-fleet").await.unwrap().is_some()
    })
    .await;
    killed.elapsed()
}

#[tokio::test]
async fn when_the_leader_is_killed_another_repairs_within_fifteen_seconds() {
    let Some(world) =
        World::new("leaders::when_the_leader_is_killed_another_repairs_within_fifteen_seconds").await
    else {
        return;
    };
    world.apply_shop("town", &full()).await;
    let mut leader = world.operator_that("first", &OF_A_RELEASE).await;
    world.told("town", "Progressing", "RollingOut").await;
    // What the rule allows leaves a machine that does much else little time: it has more than one try.
    let mut took = Vec::new();
    for next in ["second", "third", "fourth"] {
        let mut standby = world.operator_that(next, &OF_A_RELEASE).await;
        assert_eq!(standby.metric("pawnshop_operator_leader").await, 0.0, "ready without leading");
        world.quiet().await;
        took.push(fails_over(&world, &mut leader).await);
        assert_eq!(standby.metric("pawnshop_operator_leader").await, 1.0);
        if took.last() <= Some(&FAILOVER) {
            return;
        }
        leader = standby;
    }
    panic!("{took:?}");
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
    // Its lease is longer than anybody here waits for its end.
    let mut first = world.operator("first").await;
    world.told("town", "Progressing", "RollingOut").await;
    let mut second = world.operator_with("second", &SHORT, &world.account("second").await).await;
    let ended = first.0.stop(PATIENCE).await.unwrap();
    assert!(ended.success(), "{ended}");
    eventually("the second leads", async || second.metric("pawnshop_operator_leader").await > 0.0).await;

    // It wakes up after its lease has become another's, and finds much to write. It stood still when it had nothing to
    // write: what had passed the guard and was not sent yet would be sent now.
    let _third = world.operator_with("third", &[], &world.account("third").await).await;
    world.is_quiet("second").await;
    second.0.pause();
    let busy = AbortOnDropHandle::new(tokio::spawn(keep_changing(world.shops())));
    eventually("the third goes on", async || world.changes_of("third").len() > 10).await;
    second.0.resume();
    eventually("the second ends", async || second.0.ended().is_some()).await;
    drop(busy);
    assert!(!second.0.ended().unwrap().success());
    assert!(second.0.output().contains("lease"), "{}", second.0.output());
    let (second, third) = (world.user("second"), world.user("third"));
    let all = world.cluster.writes().unwrap();
    let taken = all
        .iter()
        .position(|write| write.user == third && write.resource == "leases" && write.code < 300)
        .unwrap();
    // A renewal that was under way when it stood still comes too late, and is refused.
    let late: Vec<_> = all[taken..]
        .iter()
        .filter(|write| write.user == second && (write.resource != "leases" || write.code < 300))
        .collect();
    assert!(late.is_empty(), "{late:?}");
}
