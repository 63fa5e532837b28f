use crate::support::{World, plugin, said};
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use pawnshop_cluster::Level;
use pawnshop_operator::kind::Kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const HASH: &str = "/spec/template/metadata/annotations/pawnshop.dev~1secrets-hash";

#[tokio::test]
async fn what_is_rendered_is_taken_by_the_api_server_and_is_what_the_operator_applied() {
    let test = "render::what_is_rendered_is_taken_by_the_api_server_and_is_what_the_operator_applied";
    let Some(world) = World::new(Level::ControlPlane, test).await else { return };
    let file = world.file("shop.yaml", &World::shop("town").to_string());
    let render = ["render", "-f", file.to_str().unwrap(), "--operator-namespace", &world.namespace];
    let yaml = world.plugin(&render).await;
    assert_eq!(yaml.code, Some(0), "{yaml:?}");
    let rendered = world.file("rendered.yaml", &yaml.out);
    // Before there is anything of it.
    let dry = world
        .cluster
        .kubectl()
        .args(["apply", "--dry-run=server", "-f"])
        .arg(&rendered)
        .output()
        .await
        .unwrap();
    assert!(dry.status.success(), "{}", String::from_utf8_lossy(&dry.stderr));

    let _operator = world.operate("town").await;
    let json = world.plugin(&[&render[..], &["-o", "json"]].concat()).await;
    let list: Value = serde_json::from_str(&json.out).unwrap();
    let mut names = BTreeSet::new();
    for object in list["items"].as_array().unwrap() {
        names.insert(applied_as_rendered(&world, object.clone()).await);
    }
    assert_eq!(names, made(&world).await);
}

/// Applied once more in the operator's name, the rendered object changes nothing of the live one: neither a value nor
/// who owns which field.
async fn applied_as_rendered(world: &World, mut object: Value) -> String {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == object["kind"].as_str().unwrap()).unwrap();
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    let api = world.api(kind);
    let live = api.get(&name).await.unwrap();
    let is_ours = |entry: &&_| -> bool {
        let entry: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry = entry;
        entry.operation.as_deref() == Some("Apply") && entry.subresource.is_none()
    };
    let manager = live.managed_fields().iter().find(is_ours).and_then(|entry| entry.manager.clone()).unwrap();
    // What render leaves out or cannot know, as documented.
    object["metadata"]["ownerReferences"] = json!(live.owner_references());
    let live_value = serde_json::to_value(&live).unwrap();
    if let Some(hash) = object.pointer_mut(HASH) {
        assert_eq!(*hash, "by-the-operator");
        *hash = live_value.pointer(HASH).unwrap().clone();
    }
    let dry_run = PatchParams { dry_run: true, ..PatchParams::apply(&manager).force() };
    let after = api.patch(&name, &dry_run, &Patch::Apply(&object)).await.unwrap();
    assert_eq!(
        without_clock(serde_json::to_value(&after).unwrap()),
        without_clock(live_value),
        "{kind} {name}"
    );
    format!("{kind} {name}")
}

/// Without what other controllers change meanwhile.
fn without_clock(mut object: Value) -> Value {
    object["metadata"]["resourceVersion"] = Value::Null;
    object["status"] = Value::Null;
    if let Some(entries) = object["metadata"]["managedFields"].as_array_mut() {
        entries.retain(|entry| entry["subresource"] != "status" && entry["operation"] == "Apply");
    }
    // The HPA and the Deployment's controller have fields of their own.
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.retain(|name, _| !name.starts_with("deployment.kubernetes.io/"));
    }
    object
}

/// The objects that the operator made, as `Kind name`.
async fn made(world: &World) -> BTreeSet<String> {
    let ours = ListParams::default().labels("app.kubernetes.io/managed-by=pawnshop-operator");
    let mut made = BTreeSet::new();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_served(&Default::default())) {
        let listed = world.api(kind).list_metadata(&ours).await.unwrap();
        made.extend(listed.into_iter().map(|object| format!("{kind} {}", object.name_any())));
    }
    made
}

#[tokio::test]
async fn a_shop_is_rendered_without_a_cluster_in_the_namespace_of_flag_file_or_context() {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    std::fs::write(
        &kubeconfig,
        r#"{"apiVersion": "v1", "kind": "Config", "current-context": "t", "clusters": [],
            "contexts": [{"name": "t", "context": {"cluster": "c", "user": "u", "namespace": "from-context"}}], "users": []}"#,
    )
    .unwrap();
    let shop = folder.path().join("shop.yaml");
    std::fs::write(&shop, World::shop("town").to_string()).unwrap();
    let of = async |arguments: &[&str], kubeconfig: &Path| {
        let file = ["render", "-f", shop.to_str().unwrap(), "-o", "json"];
        let told = said(plugin(kubeconfig, &[&file[..], arguments].concat())).await;
        serde_json::from_str::<Value>(&told.out).unwrap()["items"][0]["metadata"]["namespace"].clone()
    };
    assert_eq!(of(&[], &kubeconfig).await, "from-context");
    assert_eq!(of(&["-n", "from-flag"], &kubeconfig).await, "from-flag");
    assert_eq!(of(&[], &folder.path().join("none")).await, "default");
}
