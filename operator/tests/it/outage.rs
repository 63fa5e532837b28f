use crate::support::{Operator, World, eventually, full};
use pawnshop_cluster::{Cluster, Part};
use pawnshop_operator::kind::Kind;

/// The operator's times, scaled: an outage is longer than each of its deadlines. That of the lease is long enough for a
/// machine that does much else.
pub(crate) const SCALED: [&str; 5] = [
    "--lease-duration=12s",
    "--lease-renew-deadline=8s",
    "--lease-retry-period=1s",
    "--api-answer-deadline=4s",
    "--api-watch-duration=4s",
];

/// The kinds that are watched: those that every cluster has, and shops.
pub(crate) fn watched() -> usize {
    Kind::ALL.into_iter().filter(|kind| kind.is_served(&Default::default())).count() + 1
}

/// How an API server can be away.
#[derive(Clone, Copy, Debug)]
enum Outage {
    /// It takes connections and says nothing.
    Hangs,
    /// There is no such process.
    IsGone,
}

impl Outage {
    async fn begin(self, cluster: &Cluster) {
        match self {
            Self::Hangs => cluster.pause(Part::ApiServer).await.unwrap(),
            Self::IsGone => cluster.take_away(Part::ApiServer).await.unwrap(),
        }
    }

    async fn end(self, cluster: &Cluster) {
        match self {
            Self::Hangs => cluster.resume(Part::ApiServer).await.unwrap(),
            Self::IsGone => cluster.bring_back(Part::ApiServer).await.unwrap(),
        }
    }
}

/// Waits until a leader ends because it could not keep its lease.
pub(crate) async fn loses_its_lease(leader: &mut Operator) {
    eventually("the leader ends", async || leader.0.ended().is_some()).await;
    assert!(!leader.0.ended().unwrap().success());
    assert!(leader.0.output().contains("the lease is lost"), "{}", leader.0.output());
}

/// Waits until each watch of an operator has failed, and failed again since it was begun anew.
pub(crate) async fn notices(operator: &mut Operator) {
    let errors = "pawnshop_operator_watch_errors_total";
    let before = operator.series(errors).await;
    eventually("every watch has been noticed to fail", async || {
        let now = operator.series(errors).await;
        let failed =
            now.iter().filter(|(kind, count)| before.get(*kind).is_none_or(|before| *count > before));
        failed.count() == watched()
    })
    .await;
}

#[tokio::test]
async fn an_api_server_that_hangs_or_is_gone_for_longer_than_every_deadline_is_outlived() {
    let Some(world) = World::alone(
        "outage::an_api_server_that_hangs_or_is_gone_for_longer_than_every_deadline_is_outlived",
    )
    .await
    else {
        return;
    };
    world.apply_shop("town", &full()).await;
    let mut leader = world.operator_that("first", &SCALED).await;
    world.told("town", "Progressing", "RollingOut").await;
    let mut standby = world.operator_that("second", &SCALED).await;
    world.quiet().await;
    let services = world.api(Kind::Service);
    for (outage, new) in [(Outage::Hangs, "city"), (Outage::IsGone, "village")] {
        leader.0.check().unwrap();
        outage.begin(&world.cluster).await;
        loses_its_lease(&mut leader).await;
        // As a kubelet does it.
        leader.0.restart().unwrap();
        // Nobody can tell of this drift.
        world.cluster.delete_from_etcd("services/specs", &world.namespace, "town-fleet").await.unwrap();
        for operator in [&mut leader, &mut standby] {
            notices(operator).await;
            operator.0.check().unwrap();
        }
        outage.end(&world.cluster).await;
        eventually(&format!("{outage:?}: the Service is there again"), async || {
            services.get_opt("town-fleet").await.is_ok_and(|service| service.is_some())
        })
        .await;
        world.apply_shop(new, &full()).await;
        world.told(new, "Progressing", "RollingOut").await;
        for operator in [&mut leader, &mut standby] {
            operator.becomes_ready().await;
        }
        world.quiet().await;
        if standby.metric("pawnshop_operator_leader").await > 0.0 {
            std::mem::swap(&mut leader, &mut standby);
        }
        assert_eq!(leader.metric("pawnshop_operator_leader").await, 1.0, "{outage:?}");
        assert_eq!(standby.metric("pawnshop_operator_leader").await, 0.0, "{outage:?}");
    }
}
