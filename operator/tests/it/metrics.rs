use crate::support::{World, eventually, full};

#[tokio::test]
async fn promtool_finds_no_fault_in_the_operators_metrics() {
    let test = "metrics::promtool_finds_no_fault_in_the_operators_metrics";
    let Some(world) = World::new(test).await else { return };
    world.apply_shop("town", &full()).await;
    let mut operator = world.operator("one").await;
    world.told("town", "Progressing", "RollingOut").await;
    // Of a pool that is scaled and whose backlog nobody knows: not every value is a number.
    eventually("its pools are measured", async || {
        !operator.series("pawnshop_operator_pool_max_workers").await.is_empty()
    })
    .await;

    let metrics = operator.metrics().await;
    pawnshop_servers::testing::assert_metrics_are_sound(test, &metrics).await;
    assert!(metrics.contains("NaN"), "{metrics}");
}

#[tokio::test]
async fn a_shop_that_is_gone_leaves_no_series_behind() {
    let test = "metrics::a_shop_that_is_gone_leaves_no_series_behind";
    let Some(world) = World::new(test).await else { return };
    world.apply_shop("town", &full()).await;
    let mut operator = world.operator("one").await;
    eventually("its pools are measured", async || {
        operator.series("pawnshop_operator_pool_max_workers").await.values().any(|max| *max == 5.0)
    })
    .await;
    world.shops().delete("town", &Default::default()).await.unwrap();
    for gauge in ["shop_ready", "pool_backlog_known", "pool_workers", "pool_max_workers"] {
        eventually("it is no longer told of", async || {
            operator.series(&format!("pawnshop_operator_{gauge}")).await.is_empty()
        })
        .await;
    }
}
