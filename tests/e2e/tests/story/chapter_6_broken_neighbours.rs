//! Shops that cannot be, beside the one that serves.

use crate::chapter_2_open::{Shop, example};
use crate::kube_api::{PATIENCE, eventually};
use crate::stage::{SHOPS, Stage};
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use pawnshop_resource::PawnShop;
use serde_json::json;

pub(crate) async fn broken_shops_say_so_and_hold_the_good_one_up_in_nothing(stage: &Stage, shop: &Shop) {
    let kube = &stage.kube;
    // An image that nobody has; nobody is asked for it.
    let mut nowhere = example("minimal.yaml");
    nowhere["metadata"]["name"] = json!("nowhere");
    nowhere["spec"]["image"] = json!("registry.invalid/pawnshop:none");
    nowhere["spec"]["imagePullPolicy"] = json!("Never");
    // A Secret that holds no URI, and one that is not there.
    let mut penniless = example("minimal.yaml");
    penniless["metadata"]["name"] = json!("penniless");
    penniless["spec"]["store"]["uri"]["secretKeyRef"]["name"] = json!("no-uri");
    kube.secret(SHOPS, "no-uri", &[("uri", "postgres://user:hunter2@store")]).await;
    let mut keyless = example("minimal.yaml");
    keyless["metadata"]["name"] = json!("keyless");
    keyless["spec"]["broker"]["uri"]["secretKeyRef"]["name"] = json!("nobody-made-it");
    for broken in [&nowhere, &penniless, &keyless] {
        kube.apply_shop(SHOPS, broken).await;
    }

    kube.told(SHOPS, "nowhere", "Ready=False/DispatcherNotReady", PATIENCE).await;
    kube.told(SHOPS, "nowhere", "Progressing=True/RollingOut", PATIENCE).await;
    kube.told(SHOPS, "penniless", "Degraded=True/SecretValueInvalid", PATIENCE).await;
    kube.told(SHOPS, "keyless", "Degraded=True/SecretNotFound", PATIENCE).await;
    let penniless = kube.shops(SHOPS).get("penniless").await.unwrap();
    let told = serde_json::to_string(&penniless.status).unwrap();
    assert!(!told.contains("hunter2"), "{told}");

    // The good one is changed meanwhile, and is as it says.
    let annotated =
        json!({"spec": {"dispatcher": {"service": {"annotations": {"example.com/team": "pawn"}}}}});
    let shops = kube.shops(SHOPS);
    shops.patch(shop.name, &PatchParams::default(), &Patch::Merge(annotated)).await.unwrap();
    let services = Api::<Service>::namespaced(kube.client.clone(), SHOPS);
    eventually("the good shop's Service is annotated", async || {
        let service = services.get("museum-dispatcher").await.unwrap();
        service.annotations().get("example.com/team").is_some_and(|team| team == "pawn")
    })
    .await;
    kube.told(SHOPS, shop.name, "Ready=True", PATIENCE).await;
    shop.was_never_anything_but_ready();

    for broken in ["nowhere", "penniless", "keyless"] {
        kube.delete::<PawnShop>(SHOPS, broken).await;
    }
    eventually("nothing of the broken shops is left", async || {
        let objects = kube.objects(SHOPS).await;
        objects
            .iter()
            .all(|object| ["nowhere", "penniless", "keyless"].iter().all(|name| !object.contains(name)))
    })
    .await;
}
