use crate::support::{World, full};
use serde_json::json;

#[tokio::test]
async fn a_broken_shop_is_told_what_is_wrong_and_holds_up_no_other() {
    let Some(world) = World::new("faults::a_broken_shop_is_told_what_is_wrong_and_holds_up_no_other").await
    else {
        return;
    };
    // The API server refuses such a template; nothing before it can know.
    let refused = json!({
        "podTemplate": {"spec": {"containers": [{"name": "worker", "volumeMounts": [{"name": "nowhere", "mountPath": "/x"}]}]}},
    });
    let mut broken = full();
    for (key, value) in refused.as_object().unwrap() {
        broken["pools"][0][key] = value.clone();
    }
    world.apply_shop("broken", &broken).await;
    let _operator = world.operator("one").await;
    let shop = world.told("broken", "Ready", "ApplyFailed").await;
    let told = serde_json::to_string(&shop.status).unwrap();
    assert!(told.contains("broken-items") && told.contains("volumeMounts"), "{told}");
    world.apply_shop("whole", &full()).await;
    world.told("whole", "Progressing", "RollingOut").await;
    assert!(
        world.objects().await.contains(&"Deployment broken-actions".to_owned()),
        "the rest of it is there"
    );
}

#[tokio::test]
async fn a_flow_that_no_image_of_ours_has_is_a_condition_and_stops_nothing() {
    let Some(world) =
        World::new("faults::a_flow_that_no_image_of_ours_has_is_a_condition_and_stops_nothing").await
    else {
        return;
    };
    let mut shop = full();
    shop["pools"][0]["flows"] = json!(["item", "appraisals"]);
    world.apply_shop("town", &shop).await;
    let _operator = world.operator("one").await;
    let shop = world.told("town", "FlowsServed", "UnknownFlow").await;
    assert!(serde_json::to_string(&shop.status).unwrap().contains("appraisals"));
    assert!(world.objects().await.contains(&"Deployment town-items".to_owned()));
}
