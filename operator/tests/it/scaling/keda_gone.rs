use super::shop::{LONG, QUICK, Shop};
use crate::support::{World, eventually, install_crd};
use kube::api::{Patch, PatchParams};
use pawnshop_messaging::contract::flow;
use pawnshop_operator::kind::Kind;
use pawnshop_servers::Rabbit;
use serde_json::json;

/// Where KEDA's kinds come later, and KEDA goes without what it left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kedas_kinds_change_nothing_by_coming_and_what_keda_left_is_told_and_holds() {
    const TEST: &str =
        "scaling::keda_gone::kedas_kinds_change_nothing_by_coming_and_what_keda_left_is_told_and_holds";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::alone(TEST).await else { return };
    let shop = Shop::new(&world, Rabbit::shared().await.unwrap(), "town").await;
    shop.publish(&flow("item"), 200).await;
    let keda = [
        "--scaler-address=scaler.invalid:6000",
        "--scaler-listen=127.0.0.1:0",
        "--api-discovery-interval=1s",
    ];
    let _operator = world.operator_that("one", &[&keda[..], &QUICK].concat()).await;
    shop.becomes("items", 5).await;
    shop.apply_scaled_by("Keda", &json!({})).await;
    world.told("town", "ScalingActive", "NoKeda").await;
    shop.apply_scaled_by("Auto", &json!({})).await;

    // The kind alone, without anybody who acts on it.
    let kind = serde_json::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "scaledobjects.keda.sh"},
        "spec": {
            "group": "keda.sh", "scope": "Namespaced",
            "names": {"kind": "ScaledObject", "plural": "scaledobjects", "singular": "scaledobject"},
            "versions": [{"name": "v1alpha1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            }}}],
        },
    }));
    install_crd(&world.client, &kind.unwrap()).await;
    shop.stays("items", 5, LONG).await;
    assert_eq!(shop.told("items").await.scaling.unwrap().backend, "Builtin", "KEDA does not own the metrics");

    shop.apply_scaled_by("Keda", &json!({})).await;
    let objects = world.api(Kind::ScaledObject);
    for name in ["town-items", "town-sales"] {
        eventually("KEDA is told to scale", async || objects.get_opt(name).await.unwrap().is_some()).await;
    }
    let finalizers = |list| Patch::Merge(json!({"metadata": {"finalizers": list}}));
    for name in ["town-items", "town-sales"] {
        objects
            .patch(name, &PatchParams::default(), &finalizers(json!(["finalizer.keda.sh"])))
            .await
            .unwrap();
    }
    shop.apply_scaled_by("Builtin", &json!({})).await;
    world.told("town", "ScalingActive", "OtherScalerNotGone").await;
    shop.purge("item").await;
    shop.stays("items", 5, LONG).await;
    for name in ["town-items", "town-sales"] {
        objects.patch(name, &PatchParams::default(), &finalizers(json!(null))).await.unwrap();
    }
    world.told("town", "ScalingActive", "Following").await;
    shop.becomes("items", 1).await;
}
