use super::program::serving;
use super::stage::{API_SERVICE, Stage, applied};
use crate::scaling::shop::Shop;
use crate::support::eventually;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::api::{Api, DeleteParams, Patch};
use pawnshop_messaging::contract::flow;
use pawnshop_operator::external_metrics::{ExternalMetricsOptions, Registration};
use pawnshop_servers::Rabbit;
use serde_json::{Value, json};
use std::time::Duration;

/// What KEDA has left behind, say.
fn theirs() -> Value {
    json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": API_SERVICE},
        "spec": {
            "group": "external.metrics.k8s.io", "version": "v1beta1",
            "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": true,
            "service": {"namespace": "keda", "name": "keda-metrics", "port": 443},
        },
    })
}

#[tokio::test]
async fn another_owners_api_service_is_left_alone_and_ours_ends_with_the_release_and_when_disabled() {
    let test = "external_metrics::owners::another_owners_api_service_is_left_alone_and_ours_ends_with_the_release_and_when_disabled";
    let Some(stage) = Stage::new(test).await else { return };
    let services = stage.api_services();
    services.patch(API_SERVICE, &applied(), &Patch::Apply(theirs())).await.unwrap();
    let before = services.get(API_SERVICE).await.unwrap();

    // The role of a release, which is all that is needed of one here.
    let roles = Api::<ClusterRole>::all(stage.client());
    let role = format!("release-of-{}", stage.world.namespace);
    let release = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": role}, "rules": [],
    });
    roles.patch(&role, &applied(), &Patch::Apply(release)).await.unwrap();

    let options = ExternalMetricsOptions { owner: Some(role.clone()), ..stage.options() };
    let replica = stage.replica("first", options).await;
    let told = replica.tells(|told| matches!(told, Registration::OtherOwner(_))).await;
    assert_eq!(told, Registration::OtherOwner("the Service keda/keda-metrics".to_owned()));
    // Many looks of ours.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = services.get(API_SERVICE).await.unwrap();
    assert_eq!((&after.metadata.uid, &after.spec), (&before.metadata.uid, &before.spec));
    let user = format!("system:serviceaccount:{}:first", stage.world.namespace);
    let writes = stage.world.cluster.writes().unwrap();
    assert!(!writes.iter().any(|write| write.user == user && write.resource == "apiservices"), "{writes:?}");

    services.delete(API_SERVICE, &DeleteParams::default()).await.unwrap();
    replica.tells(|told| *told == Registration::Ours).await;
    eventually("the API server asks here", async || stage.raw("").await.is_ok()).await;

    replica.ends().await;
    roles.delete(&role, &DeleteParams::default()).await.unwrap();
    let is_gone = async || services.get_opt(API_SERVICE).await.unwrap().is_none();
    eventually("it goes with the release", is_gone).await;

    let replica = stage.replica("second", stage.options()).await;
    replica.tells(|told| *told == Registration::Ours).await;
    replica.ends().await;
    let disabled = ExternalMetricsOptions { enabled: false, ..stage.options() };
    let replica = stage.replica("third", disabled).await;
    assert_eq!(*replica.served.registration.borrow(), Registration::Disabled);
    assert_eq!(replica.served.address, None);
    eventually("it goes when it is disabled", is_gone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_another_owns_the_metrics_the_operator_scales_and_an_autoscaler_goes_on_once_nobody_does() {
    let test = "external_metrics::owners::while_another_owns_the_metrics_the_operator_scales_and_an_autoscaler_goes_on_once_nobody_does";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(test, &why);
    }
    let Some(stage) = Stage::new(test).await else { return };
    let services = stage.api_services();
    services.patch(API_SERVICE, &applied(), &Patch::Apply(theirs())).await.unwrap();
    let shop = Shop::new(&stage.world, Rabbit::shared().await.unwrap(), "town").await;
    let _operator = serving(&stage, "program").await;
    shop.becomes("items", 1).await;
    shop.publish(&flow("item"), 200).await;
    shop.becomes("items", 5).await;
    eventually("the status tells who scales", async || {
        shop.told("items").await.scaling.is_some_and(|scaling| scaling.backend == "Builtin")
    })
    .await;
    assert_eq!(shop.autoscaler("items").await, None);

    services.delete(API_SERVICE, &DeleteParams::default()).await.unwrap();
    shop.is_followed("items").await;
    assert_eq!(shop.workers("items").await, Some(5), "no worker goes for it");
}
