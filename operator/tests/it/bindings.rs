use crate::support::{World, eventually, full};
use kube::api::{DeleteParams, Patch, PatchParams};
use pawnshop_operator::kind::Kind;
use serde_json::json;

#[tokio::test]
async fn a_binding_to_another_role_is_made_anew_whoever_changed_the_role() {
    let Some(world) =
        World::new("bindings::a_binding_to_another_role_is_made_anew_whoever_changed_the_role").await
    else {
        return;
    };
    let bindings = world.api(Kind::RoleBinding);
    let role = async || {
        let binding = bindings.get_opt("town-dispatcher").await.unwrap();
        binding.map(|binding| binding.data["roleRef"]["name"].clone()).unwrap_or_default()
    };
    world.apply_shop("town", &full()).await;
    let mut operator = world.operator_that("one", &["--dispatcher-role=ClusterRole/old"]).await;
    world.told("town", "Progressing", "RollingOut").await;
    assert_eq!(role().await, "old");

    // An upgrade, of a release by another name.
    operator.0.kill().await.unwrap();
    world.end_lease().await;
    let mut operator = world.operator_that("two", &["--dispatcher-role=ClusterRole/new"]).await;
    eventually("it is bound to the new role", async || role().await == "new").await;

    // Somebody who makes one of ours anew.
    let mut other = bindings.get("town-dispatcher").await.unwrap();
    other.metadata.managed_fields = None;
    other.metadata.resource_version = None;
    other.metadata.uid = None;
    other.data["roleRef"]["name"] = json!("evil");
    // The operator would be faster, and more than a few such races are a quarrel to it.
    operator.0.pause();
    bindings.delete("town-dispatcher", &DeleteParams::default()).await.unwrap();
    bindings.create(&Default::default(), &other).await.unwrap();
    operator.0.resume();
    eventually("it is bound to the new role again", async || role().await == "new").await;
    world.told("town", "Degraded", "AsExpected").await;

    // One of another's is left alone.
    let services = world.api(Kind::Service);
    let foreign = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "city-dispatcher"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "theirs"},
    });
    let parameters = PatchParams::apply("tests");
    let foreign = bindings.patch("city-dispatcher", &parameters, &Patch::Apply(foreign)).await.unwrap();
    world.apply_shop("city", &full()).await;
    world.told("city", "Ready", "NameConflict").await;
    let now = bindings.get("city-dispatcher").await.unwrap();
    assert_eq!(now.metadata.resource_version, foreign.metadata.resource_version);
    assert!(services.get_opt("city-fleet").await.unwrap().is_some(), "the rest is there");
}
