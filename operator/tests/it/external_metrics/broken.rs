use super::program::serving;
use super::stage::{API_SERVICE, Stage, applied};
use crate::support::{Operator, PATIENCE, eventually};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use pawnshop_operator::external_metrics::Registration;
use serde_json::{Value, json};

/// With this the API server believes nobody who answers for external metrics.
fn without_authority() -> Patch<Value> {
    Patch::Merge(json!({"spec": {"caBundle": null}}))
}

#[tokio::test]
async fn a_registration_without_its_authority_is_repaired_and_no_namespace_hangs() {
    let test =
        "external_metrics::broken::a_registration_without_its_authority_is_repaired_and_no_namespace_hangs";
    is_repaired(test, &without_authority()).await;
}

/// Whoever writes a field has it from then on, as far as the API server knows.
#[tokio::test]
async fn a_registration_with_anothers_authority_is_repaired_and_no_namespace_hangs() {
    let test =
        "external_metrics::broken::a_registration_with_anothers_authority_is_repaired_and_no_namespace_hangs";
    let another = ByteString(b"another".to_vec());
    is_repaired(test, &Patch::Merge(json!({"spec": {"caBundle": another}}))).await;
}

/// By an operator that leads all the time.
async fn is_repaired(test: &str, damage: &Patch<Value>) {
    let Some(stage) = Stage::new(test).await else { return };
    let replica = stage.replica("first", stage.options()).await;
    replica.tells(|told| *told == Registration::Ours).await;
    asks_here(&stage).await;
    let services = stage.api_services();
    let before = services.get(API_SERVICE).await.unwrap().spec;
    let doomed = stage.world.cluster.namespace("doomed").await.unwrap();

    services.patch(API_SERVICE, &PatchParams::default(), damage).await.unwrap();
    namespaces(&stage).delete(&doomed, &DeleteParams::default()).await.unwrap();
    eventually("it is repaired", async || services.get(API_SERVICE).await.unwrap().spec == before).await;
    goes(&stage, &doomed).await;
    replica.tells(|told| *told == Registration::Ours).await;
    asks_here(&stage).await;
}

/// The controller of namespaces finishes none of the cluster while a list of kinds cannot be had.
#[tokio::test]
async fn the_last_operator_to_end_in_good_order_leaves_no_registration_and_no_namespace_hangs() {
    let test = "external_metrics::broken::the_last_operator_to_end_in_good_order_leaves_no_registration_and_no_namespace_hangs";
    let Some(stage) = Stage::new(test).await else { return };
    let services = stage.api_services();
    let mut operator = serving(&stage, "first").await;
    asks_here(&stage).await;
    // Somebody else is there to answer, as far as can be told.
    assert!(operator.0.stop(PATIENCE).await.unwrap().success(), "{}", operator.0.output());
    assert!(services.get_opt(API_SERVICE).await.unwrap().is_some());
    stage.lead_away_from("first").await;

    let mut operator = serving(&stage, "second").await;
    asks_here(&stage).await;
    stage.lead_away_from("second").await;
    assert!(operator.0.stop(PATIENCE).await.unwrap().success(), "{}", operator.0.output());
    assert!(services.get_opt(API_SERVICE).await.unwrap().is_none());
    let doomed = stage.world.cluster.namespace("doomed").await.unwrap();
    namespaces(&stage).delete(&doomed, &DeleteParams::default()).await.unwrap();
    goes(&stage, &doomed).await;

    let _operator = serving(&stage, "third").await;
    asks_here(&stage).await;
}

#[tokio::test]
async fn once_the_operator_is_killed_namespaces_hang_until_the_registration_is_deleted_or_one_is_back() {
    let test = "external_metrics::broken::once_the_operator_is_killed_namespaces_hang_until_the_registration_is_deleted_or_one_is_back";
    let Some(stage) = Stage::new(test).await else { return };
    let services = stage.api_services();
    let operator = serving(&stage, "first").await;
    asks_here(&stage).await;
    kill(&stage, "first", operator).await;
    let hanging = one_that_hangs(&stage).await;
    services.delete(API_SERVICE, &DeleteParams::default()).await.unwrap();
    goes(&stage, &hanging).await;

    let operator = serving(&stage, "second").await;
    asks_here(&stage).await;
    kill(&stage, "second", operator).await;
    // And damaged, as if that were not enough.
    services.patch(API_SERVICE, &PatchParams::default(), &without_authority()).await.unwrap();
    let hanging = one_that_hangs(&stage).await;
    let _operator = serving(&stage, "third").await;
    goes(&stage, &hanging).await;
    asks_here(&stage).await;
}

async fn asks_here(stage: &Stage) {
    eventually("the API server asks here", async || stage.raw("").await.is_ok()).await;
}

/// Kills an operator, and ends its endpoint as a pod's ends. What it registered stays, and is told to lead nowhere; its lease
/// is another's to take.
async fn kill(stage: &Stage, name: &str, mut operator: Operator) {
    operator.0.kill().await.unwrap();
    stage.lead_away_from(name).await;
    stage.world.end_lease().await;
    eventually("the API server knows that nobody answers", async || {
        is_unavailable(&stage.api_services().get(API_SERVICE).await.unwrap())
    })
    .await;
}

fn is_unavailable(service: &APIService) -> bool {
    let mut conditions = service.status.iter().filter_map(|status| status.conditions.as_ref()).flatten();
    conditions.any(|told| told.type_ == "Available" && told.status == "False")
}

/// A namespace that was deleted, in which nothing is left, and which stays because a list cannot be had.
async fn one_that_hangs(stage: &Stage) -> String {
    let name = stage.world.cluster.namespace("doomed").await.unwrap();
    // It must not be gone before the API server misses the list.
    let held = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["pawnshop.test/held"]},
    });
    let maps = Api::<ConfigMap>::namespaced(stage.client(), &name);
    maps.patch("held", &applied(), &Patch::Apply(held)).await.unwrap();
    let namespaces = namespaces(stage);
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
    let tells = async |expected: [(&str, &str); 2]| {
        let namespace = namespaces.get(&name).await.unwrap();
        expected.into_iter().all(|(condition, status)| is_told(&namespace, condition, status))
    };
    let misses_a_list = ("NamespaceDeletionDiscoveryFailure", "True");
    eventually("something is left, and a list is missed", async || {
        tells([misses_a_list, ("NamespaceContentRemaining", "True")]).await
    })
    .await;
    let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    maps.patch("held", &PatchParams::default(), &free).await.unwrap();
    eventually("nothing is left, and a list is missed", async || {
        tells([misses_a_list, ("NamespaceContentRemaining", "False")]).await
    })
    .await;
    name
}

fn is_told(namespace: &Namespace, condition: &str, status: &str) -> bool {
    let mut conditions = namespace.status.iter().filter_map(|now| now.conditions.as_ref()).flatten();
    conditions.any(|told| told.type_ == condition && told.status == status)
}

async fn goes(stage: &Stage, name: &str) {
    let namespaces = namespaces(stage);
    eventually("the namespace is gone", async || namespaces.get_opt(name).await.unwrap().is_none()).await;
}

fn namespaces(stage: &Stage) -> Api<Namespace> {
    Api::all(stage.client())
}
