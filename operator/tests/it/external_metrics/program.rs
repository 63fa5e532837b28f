use super::stage::{API_SERVICE, NAME, Stage};
use crate::scaling::shop::QUICK;
use crate::support::{Operator, PATIENCE, eventually};
use serde_json::json;
use std::net::SocketAddr;

/// An operator process of an account of its own that scales and serves external metrics; the Service leads to it.
pub(super) async fn serving(stage: &Stage, name: &str) -> Operator {
    let listen = format!("--metrics-listen={}:0", stage.world.cluster.host());
    let names = [format!("--metrics-service={NAME}"), format!("--metrics-secret={NAME}")];
    let arguments =
        ["--external-metrics=true", &listen, &names[0], &names[1], "--api-discovery-interval=1s", QUICK[0]];
    let operator = stage.world.operator_with(name, &arguments, &stage.world.account(name).await).await;
    stage.lead_to(name, address(&operator)).await;
    operator
}

/// Where an operator process serves external metrics.
fn address(operator: &Operator) -> SocketAddr {
    let output = operator.0.output();
    let address = output.lines().find_map(|line| line.strip_prefix("metrics https://"));
    address.unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_operator_process_serves_external_metrics_and_one_that_is_told_not_to_takes_them_back() {
    let test = "external_metrics::program::an_operator_process_serves_external_metrics_and_one_that_is_told_not_to_takes_them_back";
    let Some(stage) = Stage::new(test).await else { return };
    let mut operator = serving(&stage, "program").await;
    eventually("the API server asks the program", async || {
        stage.raw("").await.is_ok_and(|answer| answer["items"] == json!([]))
    })
    .await;
    let ended = operator.0.stop(PATIENCE).await.unwrap();
    assert!(ended.success(), "{ended}");

    let _quiet = stage.world.operator_that("quiet", &[&format!("--metrics-service={NAME}")]).await;
    let services = stage.api_services();
    eventually("the APIService is taken back", async || {
        services.get_opt(API_SERVICE).await.unwrap().is_none()
    })
    .await;
}
