use super::shop::{QUICK, Shop};
use crate::support::{World, eventually};
use pawnshop_cluster::Keda;
use pawnshop_messaging::contract::flow;
use pawnshop_operator::kind::Kind;
use pawnshop_servers::{Rabbit, free_ports};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_in_kedas_care_follows_its_backlog_from_none_and_back() {
    const TEST: &str = "scaling::by_keda::a_shop_in_kedas_care_follows_its_backlog_from_none_and_back";
    if let Err(why) = Rabbit::installed().and_then(|()| Keda::available()) {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::alone(TEST).await else { return };
    let rabbit = Rabbit::shared().await.unwrap();
    let mut keda = Keda::start(&world.cluster).await.unwrap();
    let shop = Shop::new(&world, rabbit, "town").await;
    shop.apply_scaled_by("Keda", &json!({})).await;
    let [port] = free_ports().unwrap();
    let (listen, address) =
        (format!("--scaler-listen=127.0.0.1:{port}"), format!("--scaler-address=127.0.0.1:{port}"));
    let _operator = world.operator_that("one", &[QUICK[0], &listen, &address]).await;

    shop.becomes("sales", 0).await;
    keda.check().unwrap();
    shop.publish(&flow("buy-actions"), 35).await;
    shop.becomes("sales", 4).await;
    eventually("the status tells who scales", async || {
        shop.told("sales").await.scaling.is_some_and(|scaling| scaling.backend == "Keda")
    })
    .await;
    for pool in ["items", "sales"] {
        let name = format!("town-{pool}");
        assert!(world.api(Kind::ScaledObject).get_opt(&name).await.unwrap().is_some(), "{name}");
        assert!(world.api(Kind::HorizontalPodAutoscaler).get_opt(&name).await.unwrap().is_none(), "{name}");
    }

    shop.purge("buy-actions").await;
    shop.becomes("sales", 0).await;
}
