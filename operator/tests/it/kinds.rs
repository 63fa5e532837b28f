//! Kinds of other projects, by their own definitions.

use crate::support::{World, eventually, full, install_crd};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use pawnshop_operator::kind::Kind;
use serde_json::{Value, json};

/// How soon a kind that comes or goes is noticed, scaled.
const SOON: [&str; 1] = ["--api-discovery-interval=1s"];

/// A definition as its project publishes it; `None`, and noted, where it was not fetched.
fn definition(test: &str, name: &str) -> Option<CustomResourceDefinition> {
    let folder = pawnshop_servers::crds().map_err(|why| pawnshop_servers::skip(test, &why)).ok()?;
    let text = std::fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap();
    Some(serde_yaml::from_str(&text).unwrap())
}

fn with_both() -> Value {
    let mut shop = full();
    shop["monitoring"] = json!({"serviceMonitor": "Enabled", "labels": {"release": "prometheus"}});
    shop["dispatcher"]["httpRoute"] = json!({
        "parentRefs": [{"name": "public", "namespace": "gateways", "sectionName": "https"}],
        "hostnames": ["shop.example.com"],
    });
    shop
}

#[tokio::test]
async fn kinds_of_others_are_told_missing_used_once_they_come_and_pruned_when_no_longer_asked_for() {
    const TEST: &str =
        "kinds::kinds_of_others_are_told_missing_used_once_they_come_and_pruned_when_no_longer_asked_for";
    let Some(monitors) = definition(TEST, "monitoring.coreos.com_servicemonitors") else { return };
    let Some(routes) = definition(TEST, "gateway.networking.k8s.io_httproutes") else { return };
    let Some(world) = World::alone(TEST).await else { return };
    world.apply_shop("town", &with_both()).await;
    world.apply_shop("city", &full()).await;
    let mut operator = world.operator_that("one", &SOON).await;
    let shop = world.told("town", "Degraded", "ServiceMonitorKindNotFound").await;
    let told = serde_json::to_string(&shop.status).unwrap();
    assert!(told.contains("install the Gateway API"), "both are told: {told}");
    world.told("city", "Degraded", "AsExpected").await;
    assert!(world.objects().await.contains(&"Deployment town-items".to_owned()), "the rest is there");

    install_crd(&world.client, &monitors).await;
    world.told("town", "Degraded", "HTTPRouteKindNotFound").await;
    let monitor = world.api(Kind::ServiceMonitor).get("town").await.unwrap();
    assert_eq!(monitor.metadata.labels.as_ref().unwrap()["release"], "prometheus");
    eventually("a shop that leaves it open has one as well", async || {
        world.api(Kind::ServiceMonitor).get_opt("city").await.unwrap().is_some()
    })
    .await;
    install_crd(&world.client, &routes).await;
    world.told("town", "Degraded", "AsExpected").await;
    let route = world.api(Kind::HttpRoute).get("town-dispatcher").await.unwrap();
    assert_eq!(route.data["spec"]["parentRefs"][0]["name"], "public");
    assert_eq!(world.api(Kind::HttpRoute).get_opt("city-dispatcher").await.unwrap(), None);

    // What the definitions fill in is no drift, and what somebody changes is.
    world.quiet().await;
    let before = world.writes();
    for round in 0..3 {
        let reconciled = operator.metric("pawnshop_operator_reconciles_total").await;
        let annotation = json!({"metadata": {"annotations": {"example.com/round": round.to_string()}}});
        world.shops().patch("town", &PatchParams::default(), &Patch::Merge(annotation)).await.unwrap();
        eventually("it is reconciled", async || {
            operator.metric("pawnshop_operator_reconciles_total").await > reconciled
        })
        .await;
    }
    assert_eq!(world.writes(), before);
    drifts(&world.api(Kind::ServiceMonitor), "town", json!({"spec": {"endpoints": [{"port": "evil"}]}}))
        .await;
    drifts(
        &world.api(Kind::HttpRoute),
        "town-dispatcher",
        json!({"spec": {"hostnames": ["evil.example.com"]}}),
    )
    .await;

    let mut without = full();
    without["monitoring"] = json!({"serviceMonitor": "Disabled"});
    world.apply_shop("town", &without).await;
    eventually("both are gone", async || {
        let monitor = world.api(Kind::ServiceMonitor).get_opt("town").await.unwrap();
        let route = world.api(Kind::HttpRoute).get_opt("town-dispatcher").await.unwrap();
        monitor.is_none() && route.is_none()
    })
    .await;
    assert!(world.api(Kind::ServiceMonitor).get_opt("city").await.unwrap().is_some());

    // A definition that goes takes its objects along.
    world.apply_shop("town", &with_both()).await;
    world.told("town", "Degraded", "AsExpected").await;
    let definitions = Api::<CustomResourceDefinition>::all(world.client.clone());
    let name = monitors.metadata.name.clone().unwrap();
    definitions.delete(&name, &DeleteParams::default()).await.unwrap();
    world.told("town", "Degraded", "ServiceMonitorKindNotFound").await;
    eventually("it is gone", async || definitions.get_opt(&name).await.unwrap().is_none()).await;
    install_crd(&world.client, &monitors).await;
    world.told("town", "Degraded", "AsExpected").await;
    world.api(Kind::ServiceMonitor).get("town").await.unwrap();
}

/// Somebody changes a list, which is one value to these definitions; it is put back.
async fn drifts(api: &Api<DynamicObject>, name: &str, change: Value) {
    let wanted = api.get(name).await.unwrap().data["spec"].clone();
    let drifted = api.patch(name, &PatchParams::default(), &Patch::Merge(change)).await.unwrap();
    assert_ne!(drifted.data["spec"], wanted);
    eventually(&format!("{name} is as it was"), async || api.get(name).await.unwrap().data["spec"] == wanted)
        .await;
}

#[tokio::test]
async fn a_rabbitmq_cluster_is_waited_for_and_its_user_is_used() {
    const TEST: &str = "kinds::a_rabbitmq_cluster_is_waited_for_and_its_user_is_used";
    let Some(clusters) = definition(TEST, "rabbitmq.com_rabbitmqclusters") else { return };
    let Some(world) = World::alone(TEST).await else { return };
    let mut spec = full();
    spec["broker"] = json!({"clusterRef": {"name": "rabbit"}});
    world.apply_shop("town", &spec).await;
    let _operator = world.operator_that("one", &SOON).await;
    world.told("town", "Degraded", "RabbitmqClusterKindNotFound").await;
    install_crd(&world.client, &clusters).await;
    world.told("town", "Degraded", "RabbitmqClusterNotFound").await;

    let kind = GroupVersionKind::gvk("rabbitmq.com", "v1beta1", "RabbitmqCluster");
    let api = Api::<DynamicObject>::namespaced_with(
        world.client.clone(),
        &world.namespace,
        &ApiResource::from_gvk(&kind),
    );
    let parameters = PatchParams::apply("tests").force();
    let cluster = json!({
        "apiVersion": "rabbitmq.com/v1beta1", "kind": "RabbitmqCluster", "metadata": {"name": "rabbit"}, "spec": {},
    });
    api.patch("rabbit", &parameters, &Patch::Apply(&cluster)).await.unwrap();
    world.told("town", "Degraded", "RabbitmqClusterNotReady").await;

    let secrets =
        Api::<k8s_openapi::api::core::v1::Secret>::namespaced(world.client.clone(), &world.namespace);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "rabbit-default-user"},
        "stringData": {"username": "default_user", "password": "secret", "host": "rabbit.shops.svc", "port": "5672"},
    });
    secrets.patch("rabbit-default-user", &parameters, &Patch::Apply(&secret)).await.unwrap();
    let mut ready = cluster;
    ready["status"] = json!({
        "conditions": [],
        "defaultUser": {"secretReference": {
            "name": "rabbit-default-user", "namespace": world.namespace,
            "keys": {"username": "username", "password": "password"},
        }},
    });
    api.patch_status("rabbit", &parameters, &Patch::Apply(&ready)).await.unwrap();
    world.told("town", "Progressing", "RollingOut").await;
    let items = world.api(Kind::Deployment).get("town-items").await.unwrap();
    let pod = items.data["spec"]["template"]["spec"].to_string();
    assert!(pod.contains("$(RABBITMQ_USERNAME)") && pod.contains("rabbit-default-user"), "{pod}");
    assert!(!pod.contains("default_user"), "{pod}");
}
