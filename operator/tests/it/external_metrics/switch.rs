use super::program::serving;
use super::stage::Stage;
use crate::scaling::shop::{LONG, Shop};
use crate::support::eventually;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::api::{Api, Patch, PatchParams};
use pawnshop_messaging::contract::flow;
use pawnshop_servers::Rabbit;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_goes_from_one_backend_to_another_and_back_and_no_worker_goes_or_comes_for_it() {
    let test = "external_metrics::switch::a_shop_goes_from_one_backend_to_another_and_back_and_no_worker_goes_or_comes_for_it";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(test, &why);
    }
    let Some(stage) = Stage::new(test).await else { return };
    let (world, rabbit) = (&stage.world, Rabbit::shared().await.unwrap());
    let shop = Shop::new(world, rabbit, "town").await;
    shop.apply_scaled_by("Builtin", &json!({})).await;
    shop.publish(&flow("item"), 200).await;
    let _operator = serving(&stage, "program").await;
    eventually("the API server asks the program", async || stage.raw("").await.is_ok()).await;
    shop.becomes("items", 5).await;
    shop.becomes("sales", 0).await;

    let autoscalers = Api::<HorizontalPodAutoscaler>::namespaced(world.client.clone(), &world.namespace);
    assert!(autoscalers.get_opt("town-items").await.unwrap().is_none());
    shop.apply_scaled_by("Auto", &json!({})).await;
    shop.is_followed("items").await;
    shop.stays("items", 5, LONG).await;
    assert_eq!(shop.workers("sales").await, Some(0), "an HPA leaves what sleeps alone");
    assert_eq!(shop.told("items").await.scaling.unwrap().backend, "ExternalMetrics");

    // Somebody edits the HPA.
    let lower = Patch::Merge(json!({"spec": {"maxReplicas": 2}}));
    autoscalers.patch("town-items", &PatchParams::default(), &lower).await.unwrap();
    eventually("it is repaired", async || {
        autoscalers.get("town-items").await.unwrap().spec.unwrap().max_replicas == 5
    })
    .await;
    shop.becomes("items", 5).await;

    shop.wakes("sales", "buy-actions").await;
    shop.apply_scaled_by("Builtin", &json!({})).await;
    eventually("the HPA is gone", async || autoscalers.get_opt("town-items").await.unwrap().is_none()).await;
    shop.stays("items", 5, LONG).await;

    shop.apply_scaled_by("ExternalMetrics", &json!({})).await;
    shop.purge("item").await;
    shop.purge("buy-actions").await;
    shop.becomes("items", 1).await;
    shop.becomes("sales", 0).await;
}
