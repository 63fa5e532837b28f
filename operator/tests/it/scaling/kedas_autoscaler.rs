use super::shop::{LONG, QUICK, Shop};
use crate::support::World;
use kube::api::{DeleteParams, DynamicObject, PostParams};
use pawnshop_messaging::contract::flow;
use pawnshop_operator::kind::Kind;
use pawnshop_servers::Rabbit;
use serde_json::json;

/// What KEDA makes of a ScaledObject, with the labels of that one. It outlives the ScaledObject by a moment, and where
/// nobody collects garbage, for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_kedas_own_autoscaler_is_there_the_operator_scales_nothing_and_afterwards_it_does() {
    const TEST: &str = "scaling::kedas_autoscaler::while_kedas_own_autoscaler_is_there_the_operator_scales_nothing_and_afterwards_it_does";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::new(TEST).await else { return };
    let shop = Shop::new(&world, Rabbit::shared().await.unwrap(), "town").await;
    shop.apply_scaled_by("Builtin", &json!({})).await;
    shop.publish(&flow("item"), 200).await;
    let _operator = world.operator_that("one", &QUICK).await;
    shop.becomes("items", 5).await;

    let left: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "keda-hpa-town-items", "labels": {
            "app.kubernetes.io/managed-by": "pawnshop-operator",
            "pawnshop.dev/shop": "town", "pawnshop.dev/pool": "items",
            "scaledobject.keda.sh/name": "town-items",
        }},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "town-items"},
            "minReplicas": 1, "maxReplicas": 5,
            // Nobody serves it: this one holds.
            "metrics": [{"type": "External", "external": {
                "metric": {"name": "s0-pawnshop"}, "target": {"type": "AverageValue", "averageValue": "1"},
            }}],
        },
    }))
    .unwrap();
    let autoscalers = world.api(Kind::HorizontalPodAutoscaler);
    autoscalers.create(&PostParams::default(), &left).await.unwrap();
    shop.purge("item").await;
    shop.stays("items", 5, LONG).await;
    autoscalers.delete("keda-hpa-town-items", &DeleteParams::default()).await.unwrap();
    shop.becomes("items", 1).await;
}
