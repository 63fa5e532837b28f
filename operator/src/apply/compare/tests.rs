use super::*;
use serde_json::json;

/// A Deployment as the API server gives it back: defaults, a status, a sidecar and an annotation of others.
fn live() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "shop-items", "namespace": "default", "uid": "u", "resourceVersion": "7", "generation": 3,
            "labels": {"app": "shop", "team": "theirs"},
            "annotations": {"deployment.kubernetes.io/revision": "1"},
            "ownerReferences": [{"apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "name": "shop", "uid": "s"}],
        },
        "spec": {
            "replicas": 4, "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": {"app": "shop"}},
            "template": {"spec": {
                "restartPolicy": "Always",
                "volumes": [{"name": "tmp", "emptyDir": {}}],
                "containers": [
                    {
                        "name": "worker", "image": "pawnshop:1", "imagePullPolicy": "IfNotPresent",
                        "args": ["--shop", "default/shop"],
                        "ports": [{"containerPort": 7070, "name": "grpc", "protocol": "TCP"}],
                        "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "256Mi"}},
                    },
                    {"name": "sidecar", "image": "mesh:2"},
                ],
            }},
        },
        "status": {"replicas": 4},
    })
}

fn desired() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "shop-items", "namespace": "default", "labels": {"app": "shop"}, "annotations": {},
            "ownerReferences": [{"apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "name": "shop", "uid": "s"}],
        },
        "spec": {
            "selector": {"matchLabels": {"app": "shop"}},
            "template": {"spec": {
                "volumes": [{"name": "tmp", "emptyDir": {}}],
                "containers": [{
                    "name": "worker", "image": "pawnshop:1",
                    "args": ["--shop", "default/shop"],
                    "ports": [{"containerPort": 7070, "name": "grpc"}],
                    "resources": {"requests": {"cpu": "0.1"}, "limits": {"memory": "0.25Gi"}},
                }],
            }},
        },
    })
}

fn ours() -> Value {
    json!({
        "f:metadata": {
            "f:labels": {"f:app": {}},
            "f:ownerReferences": {"k:{\"uid\":\"s\"}": {}},
        },
        "f:spec": {
            "f:selector": {},
            "f:template": {"f:spec": {
                "f:volumes": {"k:{\"name\":\"tmp\"}": {".": {}, "f:emptyDir": {}, "f:name": {}}},
                "f:containers": {"k:{\"name\":\"worker\"}": {
                    ".": {}, "f:name": {}, "f:image": {}, "f:args": {},
                    "f:ports": {"k:{\"containerPort\":7070,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}, "f:name": {}}},
                    "f:resources": {"f:requests": {"f:cpu": {}}, "f:limits": {"f:memory": {}}},
                }},
            }},
        },
    })
}

fn found(desired: &Value, live: &Value, ours: &Value) -> Option<String> {
    let metadata = serde_json::from_value(json!({"managedFields": [
        {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
        {"manager": MANAGER, "operation": "Apply", "fieldsV1": ours},
    ]}));
    difference(desired, live, &metadata.unwrap())
}

/// `base`, with the value at `pointer` replaced.
fn with(mut base: Value, pointer: &str, value: Value) -> Value {
    *base.pointer_mut(pointer).unwrap() = value;
    base
}

/// `base`, without the field at the end of `pointer`.
fn without(mut base: Value, pointer: &str, field: &str) -> Value {
    base.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(field).unwrap();
    base
}

const CONTAINER: &str = "/spec/template/spec/containers/0";
const OUR_CONTAINER: &str = "/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"worker\"}";

#[test]
fn defaults_rewritten_amounts_and_what_others_added_are_no_difference() {
    assert_eq!(found(&desired(), &live(), &ours()), None);
}

#[test]
fn a_changed_value_is_a_difference_and_told_by_its_path() {
    let image = format!("{CONTAINER}/image");
    let changed = with(live(), &image, json!("evil:1"));
    let path = "spec.template.spec.containers.worker.image";
    assert_eq!(found(&desired(), &changed, &ours()).as_deref(), Some(path));
    let changed = with(live(), &format!("{CONTAINER}/resources/limits/memory"), json!("1Gi"));
    assert_eq!(
        found(&desired(), &changed, &ours()).as_deref(),
        Some("spec.template.spec.containers.worker.resources.limits.memory")
    );
}

#[test]
fn equal_amounts_count_only_where_amounts_stand() {
    let wanted = with(desired(), "/metadata/labels/app", json!("1"));
    let changed = with(live(), "/metadata/labels/app", json!("1000m"));
    assert_eq!(found(&wanted, &changed, &ours()).as_deref(), Some("metadata.labels.app"));
}

#[test]
fn a_value_that_is_gone_is_a_difference() {
    let cut = without(live(), CONTAINER, "args");
    assert_eq!(
        found(&desired(), &cut, &ours()).as_deref(),
        Some("spec.template.spec.containers.worker.args")
    );
    let cut = with(live(), "/spec/template/spec/containers", json!([{"name": "sidecar"}]));
    assert_eq!(found(&desired(), &cut, &ours()).as_deref(), Some("spec.template.spec.containers.worker"));
}

#[test]
fn something_more_in_a_list_that_is_one_value_is_a_difference() {
    let longer = with(live(), &format!("{CONTAINER}/args"), json!(["--shop", "default/shop", "--more"]));
    assert_eq!(
        found(&desired(), &longer, &ours()).as_deref(),
        Some("spec.template.spec.containers.worker.args")
    );
}

#[test]
fn a_field_that_another_took_from_us_is_a_difference_even_with_the_same_value() {
    let lost = without(ours(), OUR_CONTAINER, "f:image");
    assert_eq!(
        found(&desired(), &live(), &lost).as_deref(),
        Some("spec.template.spec.containers.worker.image")
    );
    let lost = with(ours(), "/f:spec/f:template/f:spec/f:volumes", json!({".": {}}));
    assert_eq!(found(&desired(), &live(), &lost).as_deref(), Some("spec.template.spec.volumes"));
}

#[test]
fn a_field_that_we_own_and_no_longer_want_is_a_difference() {
    let wanted = without(desired(), CONTAINER, "args");
    assert_eq!(
        found(&wanted, &live(), &ours()).as_deref(),
        Some("spec.template.spec.containers.worker.args")
    );
    let wanted = with(desired(), &format!("{CONTAINER}/ports"), json!([]));
    assert_eq!(
        found(&wanted, &live(), &ours()).as_deref(),
        Some("spec.template.spec.containers.worker.ports.7070/TCP")
    );
}

#[test]
fn a_new_element_of_a_list_by_keys_is_a_difference() {
    let port =
        json!([{"containerPort": 7070, "name": "grpc"}, {"containerPort": 9090, "name": "operations"}]);
    let wanted = with(desired(), &format!("{CONTAINER}/ports"), port);
    assert!(found(&wanted, &live(), &ours()).is_some());
}

#[test]
fn an_object_that_we_never_applied_differs_whatever_it_holds() {
    let metadata = ObjectMeta::default();
    assert_eq!(difference(&desired(), &live(), &metadata).as_deref(), Some("metadata.managedFields"));
}
