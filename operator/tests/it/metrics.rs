use crate::support::{World, eventually, full};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

#[tokio::test]
async fn promtool_finds_no_fault_in_the_operators_metrics() {
    let test = "metrics::promtool_finds_no_fault_in_the_operators_metrics";
    let promtool = match pawnshop_servers::promtool() {
        Ok(promtool) => promtool,
        Err(why) => return pawnshop_servers::skip(test, &why),
    };
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
    let mut promtool = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(metrics.as_bytes()).await.unwrap();
    let found = promtool.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&found.stdout) + String::from_utf8_lossy(&found.stderr);
    assert!(found.status.success(), "{said}\n{metrics}");
    assert!(metrics.contains("NaN"), "{metrics}");
}

#[tokio::test]
async fn a_shop_that_is_gone_and_its_pools_are_not_a_number() {
    let test = "metrics::a_shop_that_is_gone_and_its_pools_are_not_a_number";
    let Some(world) = World::new(test).await else { return };
    world.apply_shop("town", &full()).await;
    let mut operator = world.operator("one").await;
    eventually("its pools are measured", async || {
        operator.series("pawnshop_operator_pool_max_workers").await.values().any(|max| *max == 5.0)
    })
    .await;
    world.shops().delete("town", &Default::default()).await.unwrap();
    for gauge in ["shop_ready", "pool_backlog_known", "pool_workers", "pool_max_workers"] {
        eventually("it is no longer a number", async || {
            let series = operator.series(&format!("pawnshop_operator_{gauge}")).await;
            !series.is_empty() && series.values().all(|value| value.is_nan())
        })
        .await;
    }
}
