use crate::support::{World, eventually, full};
use kube::api::{DeleteParams, Patch, PatchParams};
use pawnshop_operator::kind::Kind;
use serde_json::json;

#[tokio::test]
async fn an_object_of_another_s_under_our_name_is_told_left_alone_and_waited_for() {
    let Some(world) =
        World::new("conflicts::an_object_of_another_s_under_our_name_is_told_left_alone_and_waited_for")
            .await
    else {
        return;
    };
    let services = world.api(Kind::Service);
    let foreign = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "town-dispatcher"},
        "spec": {"ports": [{"port": 4711}]},
    });
    let foreign = services
        .patch("town-dispatcher", &PatchParams::apply("tests"), &Patch::Apply(foreign))
        .await
        .unwrap();
    world.apply_shop("town", &full()).await;
    let _operator = world.operator("one").await;
    let shop = world.told("town", "Ready", "NameConflict").await;
    let told =
        shop.status.unwrap().conditions.into_iter().find(|condition| condition.type_ == "Ready").unwrap();
    assert!(told.message.contains("Service town-dispatcher"), "{}", told.message);
    let now = services.get("town-dispatcher").await.unwrap();
    assert_eq!(now.metadata.resource_version, foreign.metadata.resource_version);
    assert!(world.objects().await.contains(&"Deployment town-items".to_owned()), "the rest is there");

    services.delete("town-dispatcher", &DeleteParams::default()).await.unwrap();
    eventually("ours takes its place", async || {
        services
            .get_opt("town-dispatcher")
            .await
            .unwrap()
            .is_some_and(|service| service.metadata.owner_references.is_some())
    })
    .await;
    world.told("town", "Degraded", "AsExpected").await;
}
