use crate::support::{World, eventually, full};
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use pawnshop_operator::kind::Kind;
use serde_json::{Value, json};

/// One change of something that is ours, in an object of each kind: where, and to what.
fn changes() -> Vec<(Kind, &'static str, &'static str, Value)> {
    vec![
        (Kind::Deployment, "town-items", "/spec/template/spec/terminationGracePeriodSeconds", json!(1)),
        (Kind::Deployment, "town-items", "/spec/replicas", json!(7)),
        (
            Kind::Deployment,
            "town-dispatcher",
            "/spec/template/spec/containers/0/image",
            json!("example.com/evil:1"),
        ),
        (Kind::ServiceAccount, "town-worker", "/automountServiceAccountToken", json!(true)),
        (Kind::Service, "town-dispatcher", "/spec/ports/0/port", json!(81)),
        (Kind::RoleBinding, "town-dispatcher", "/subjects/0/name", json!("somebody")),
        (Kind::PodDisruptionBudget, "town-items", "/spec/maxUnavailable", json!(3)),
        (Kind::NetworkPolicy, "town-worker", "/spec/ingress", json!([{}])),
        (Kind::HorizontalPodAutoscaler, "town-dispatcher", "/spec/maxReplicas", json!(9)),
        (Kind::Ingress, "town-dispatcher", "/spec/rules/0/host", json!("evil.example.com")),
    ]
}

/// Somebody edits an object, as `kubectl edit` does.
async fn change(api: &Api<DynamicObject>, name: &str, path: &str, value: &Value) {
    eventually("nobody else writes it at the same time", async || {
        let mut object = serde_json::to_value(api.get(name).await.unwrap()).unwrap();
        *object.pointer_mut(path).unwrap() = value.clone();
        let object = serde_json::from_value(object).unwrap();
        match api.replace(name, &PostParams::default(), &object).await {
            Err(kube::Error::Api(status)) if status.is_conflict() => false,
            done => done.map(|_| true).unwrap(),
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_changed_or_deleted_of_each_kind_is_repaired_and_what_others_added_stays() {
    let Some(world) =
        World::new("drift::what_is_changed_or_deleted_of_each_kind_is_repaired_and_what_others_added_stays")
            .await
    else {
        return;
    };
    world.apply_shop("town", &full()).await;
    let mut operator = world.operator("one").await;
    world.told("town", "Progressing", "RollingOut").await;
    world.quiet().await;
    for (kind, name, path, value) in changes() {
        let api = world.api(kind);
        let at = |object: &Value| object.pointer(path).cloned().unwrap_or_default();
        let live = async || serde_json::to_value(api.get(name).await.unwrap()).unwrap();
        let wanted = at(&live().await);
        let foreign = json!({"metadata": {"labels": {"example.com/team": "theirs"}}});
        api.patch(name, &PatchParams::default(), &Patch::Merge(foreign)).await.unwrap();
        change(&api, name, path, &value).await;
        eventually(&format!("{kind} {name} has its {path}, {wanted}, again"), async || {
            at(&live().await) == wanted
        })
        .await;
        assert_eq!(live().await["metadata"]["labels"]["example.com/team"], "theirs", "{kind} {name}");
    }
    // All but the number of replicas, which is another's field and written by its own way.
    // Each is counted a moment later than it is seen.
    eventually("the repairs are counted", async || {
        operator.metric("pawnshop_operator_drift_repaired_total").await >= changes().len() as f64 - 1.0
    })
    .await;

    let before = world.objects().await;
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_served(&Default::default())) {
        let name = before.iter().find_map(|object| object.strip_prefix(&format!("{kind} "))).unwrap();
        world.api(kind).delete(name, &DeleteParams::default()).await.unwrap();
    }
    eventually("everything is there again", async || world.objects().await == before).await;
}

#[tokio::test]
async fn what_a_shop_no_longer_asks_for_goes_and_foreign_objects_beside_it_stay() {
    let Some(world) =
        World::new("drift::what_a_shop_no_longer_asks_for_goes_and_foreign_objects_beside_it_stay").await
    else {
        return;
    };
    let foreign = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "town-foreign"}});
    let accounts = world.api(Kind::ServiceAccount);
    accounts.patch("town-foreign", &PatchParams::apply("tests"), &Patch::Apply(foreign)).await.unwrap();
    world.apply_shop("town", &full()).await;
    let _operator = world.operator("one").await;
    world.told("town", "Progressing", "RollingOut").await;
    let smaller = json!({"pools": [{"name": "items", "flows": ["item"], "replicas": 2}]});
    world.apply_shop("town", &smaller).await;
    eventually("the pool, the autoscaler and the ingress are gone", async || {
        let objects = world.objects().await;
        !objects.iter().any(|object| {
            object.ends_with(" town-actions")
                || object.starts_with("Horizontal")
                || object.starts_with("Ingress")
        })
    })
    .await;
    accounts.get("town-foreign").await.unwrap();
}

#[tokio::test]
async fn a_rotated_secret_rolls_the_pods_and_a_missing_one_is_told() {
    let Some(world) = World::new("drift::a_rotated_secret_rolls_the_pods_and_a_missing_one_is_told").await
    else {
        return;
    };
    world.apply_shop("town", &full()).await;
    let _operator = world.operator("one").await;
    world.told("town", "Progressing", "RollingOut").await;
    let hash = async || {
        let deployment = world.api(Kind::Deployment).get("town-items").await.unwrap();
        deployment.data["spec"]["template"]["metadata"]["annotations"]["pawnshop.dev/secrets-hash"].clone()
    };
    let before = hash().await;
    assert!(before.is_string());
    world.secret("rabbit", "amqp://user:second@rabbit.invalid/").await;
    eventually("the template has another hash", async || hash().await != before).await;

    let secrets =
        kube::Api::<k8s_openapi::api::core::v1::Secret>::namespaced(world.client.clone(), &world.namespace);
    secrets.delete("mongo", &DeleteParams::default()).await.unwrap();
    let shop = world.told("town", "Ready", "SecretNotFound").await;
    let told = serde_json::to_string(&shop.status).unwrap();
    assert!(told.contains("mongo") && !told.contains("second"), "{told}");
    world.secret("mongo", "mongodb://mongo.invalid").await;
    world.told("town", "Degraded", "AsExpected").await;
}

/// As the API server keeps it, which the stand-in of the unit tests only claims to.
#[tokio::test]
async fn a_pool_that_somebody_scaled_stays_as_it_is() {
    let test = "drift::a_pool_that_somebody_scaled_stays_as_it_is";
    let Some(world) = World::new(test).await else { return };
    world.apply_shop("town", &full()).await;
    let _operator = world.operator("one").await;
    world.told("town", "Progressing", "RollingOut").await;
    world.quiet().await;
    let pools = world.api(Kind::Deployment);
    let replicas = async || pools.get("town-actions").await.unwrap().data["spec"]["replicas"].clone();
    assert_eq!(replicas().await, 1);
    let scaled = Patch::Merge(json!({"spec": {"replicas": 3}}));
    pools.patch_scale("town-actions", &PatchParams::default(), &scaled).await.unwrap();
    // What it repairs in the pool shows that it has looked at it since.
    let grace = "/spec/template/spec/terminationGracePeriodSeconds";
    let live = async || serde_json::to_value(pools.get("town-actions").await.unwrap()).unwrap();
    let wanted = live().await.pointer(grace).cloned();
    change(&pools, "town-actions", grace, &json!(1)).await;
    eventually("the pool's grace is repaired", async || live().await.pointer(grace).cloned() == wanted).await;
    world.quiet().await;
    assert_eq!(replicas().await, 3);
}
