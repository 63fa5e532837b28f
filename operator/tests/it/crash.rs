use crate::support::{Operator, PATIENCE, World, eventually, full};
use pawnshop_cluster::{Audited, Write};
use pawnshop_operator::kind::Kind;
use rand::RngExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const KILLS: u32 = 50;

/// After how many writes an operator is killed at most. The first is that of its lease; a shop that was changed needs
/// some more, and its status last.
const MOST_WRITES: usize = 10;

/// So many kills at least must have come between a reconciliation's first write and its last.
const IN_ITS_MIDST: usize = 5;

const STATUS: &str = "pawnshops/status";

/// By how many different shops an operator that is killed is led on.
fn variant(round: u32) -> Value {
    let mut shop = full();
    shop["image"] = json!(format!("example.com/pawnshop:{round}"));
    shop["pools"][0]["replicas"] = json!(1 + round % 4);
    if round.is_multiple_of(2) {
        shop["pools"].as_array_mut().unwrap().remove(1);
    }
    if round.is_multiple_of(3) {
        shop["dispatcher"] = json!({"replicas": 3});
    }
    shop
}

/// Waits until an operator that began then has made so many writes, or has written all that there is to write.
async fn has_written(world: &World, operator: &mut Operator, begun: Audited, wanted: usize) {
    let written = async {
        loop {
            operator.0.check().unwrap();
            let writes = world.writes_since(begun);
            if writes.len() >= wanted || has_ended(&writes) {
                return;
            }
            // Often enough to see one write after another.
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, written).await.is_ok(), "not {wanted} writes, and no end");
}

fn has_begun(writes: &[Write]) -> bool {
    writes.iter().any(|write| !matches!(&*write.resource, "leases" | "events" | STATUS))
}

fn has_ended(writes: &[Write]) -> bool {
    writes.iter().any(|write| write.resource == STATUS)
}

#[tokio::test]
async fn an_operator_that_is_killed_at_fifty_random_moments_converges() {
    let Some(world) = World::new("crash::an_operator_that_is_killed_at_fifty_random_moments_converges").await
    else {
        return;
    };
    let (mut moments, mut in_its_midst) = (Vec::new(), 0);
    for round in 1..=KILLS {
        world.apply_shop("town", &variant(round)).await;
        let begun = world.cluster.audited().unwrap();
        let mut operator = world.start(&format!("victim-{round}"));
        let wanted = rand::rng().random_range(1..=MOST_WRITES);
        has_written(&world, &mut operator, begun, wanted).await;
        operator.0.kill().await.unwrap();
        world.end_lease().await;
        let writes = world.writes_since(begun);
        in_its_midst += usize::from(has_begun(&writes) && !has_ended(&writes));
        moments.push((wanted, writes.len()));
    }
    assert!(in_its_midst >= IN_ITS_MIDST, "{in_its_midst} kills, of {moments:?} writes wanted and made");
    let _operator = world.operator("survivor").await;
    world.told("town", "Progressing", "RollingOut").await;
    world.quiet().await;

    let last = variant(KILLS);
    let deployments = world.api(Kind::Deployment);
    let items = deployments.get("town-items").await.unwrap();
    assert_eq!(items.data["spec"]["template"]["spec"]["containers"][0]["image"], last["image"]);
    assert_eq!(items.data["spec"]["replicas"], last["pools"][0]["replicas"]);
    eventually("the removed pool is gone", async || {
        deployments.get_opt("town-actions").await.unwrap().is_none()
    })
    .await;

    // What is there is what an operator that nobody killed makes of the same shop.
    world.apply_shop("city", &last).await;
    world.told("city", "Progressing", "RollingOut").await;
    world.quiet().await;
    let of = |shop: &str, objects: &[String]| -> Vec<String> {
        let its = objects.iter().filter(|object| object.contains(&format!(" {shop}")));
        its.map(|object| object.replace(shop, "shop")).collect()
    };
    let objects = world.objects().await;
    assert_eq!(of("town", &objects), of("city", &objects));
}
