use crate::support::{World, eventually, full};
use kube::api::{Patch, PatchParams};
use serde_json::json;

#[tokio::test]
async fn a_shop_that_does_not_change_is_reconciled_twenty_times_without_a_write() {
    let Some(world) =
        World::new("steady::a_shop_that_does_not_change_is_reconciled_twenty_times_without_a_write").await
    else {
        return;
    };
    world.apply_shop("town", &full()).await;
    let mut operator = world.operator("one").await;
    world.told("town", "Progressing", "RollingOut").await;
    world.quiet().await;
    let before = world.writes();
    for round in 0..20 {
        let reconciled = operator.metric("pawnshop_operator_reconciles_total").await;
        let annotation = json!({"metadata": {"annotations": {"example.com/round": round.to_string()}}});
        world.shops().patch("town", &PatchParams::default(), &Patch::Merge(annotation)).await.unwrap();
        eventually("it is reconciled", async || {
            operator.metric("pawnshop_operator_reconciles_total").await > reconciled
        })
        .await;
    }
    world.quiet().await;
    assert_eq!(world.writes(), before);
    assert_eq!(operator.metric("pawnshop_operator_errors_total").await, 0.0, "{}", operator.0.output());

    // Nor does an operator that remembers nothing.
    operator.0.kill().await.unwrap();
    world.end_lease().await;
    let mut operator = world.operator("two").await;
    eventually("it leads", async || operator.metric("pawnshop_operator_leader").await > 0.0).await;
    world.quiet().await;
    assert_eq!(world.writes(), before);
}

#[tokio::test]
async fn a_deleted_shop_leaves_no_object_behind() {
    let Some(world) = World::new("steady::a_deleted_shop_leaves_no_object_behind").await else { return };
    world.apply_shop("town", &full()).await;
    let _operator = world.operator("one").await;
    world.told("town", "Progressing", "RollingOut").await;
    assert!(!world.objects().await.is_empty());
    world.shops().delete("town", &Default::default()).await.unwrap();
    eventually("nothing of it is left", async || world.objects().await.is_empty()).await;
    world.quiet().await;
    assert!(world.objects().await.is_empty());
}
