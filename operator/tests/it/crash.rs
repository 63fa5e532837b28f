use crate::support::{World, eventually, full};
use pawnshop_operator::kind::Kind;
use rand::RngExt;
use serde_json::{Value, json};
use std::time::Duration;

const KILLS: u32 = 50;

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

#[tokio::test]
async fn an_operator_that_is_killed_at_fifty_random_moments_converges() {
    let Some(world) = World::new("crash::an_operator_that_is_killed_at_fifty_random_moments_converges").await
    else {
        return;
    };
    let mut delays = Vec::new();
    for round in 1..=KILLS {
        world.apply_shop("town", &variant(round)).await;
        let mut operator = world.start(&format!("victim-{round}"));
        operator.uri().await;
        let delay = Duration::from_millis(rand::rng().random_range(0..800));
        delays.push(delay);
        tokio::time::sleep(delay).await;
        operator.0.kill().await.unwrap();
        world.end_lease().await;
    }
    // Some were killed before they wrote, some in the midst of it.
    let before = world.writes().len();
    assert!(before > 0, "none of {delays:?} was late enough");
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
