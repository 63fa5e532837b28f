use super::{EdgeSize, UnknownFlow, unknown_flows, validate};
use pawnshop_resource::PawnShop;
use serde_json::{Value, json};

/// A shop that can run, with this merged into its spec (RFC 7396).
fn with(patch: Value) -> PawnShop {
    let mut shop = json!({
        "apiVersion": "pawnshop.dev/v1alpha1",
        "kind": "PawnShop",
        "metadata": {"name": "downtown", "namespace": "shops", "uid": "u"},
        "spec": {
            "broker": {"uri": {"secretKeyRef": {"name": "rabbit", "key": "uri"}}},
            "store": {"uri": {"secretKeyRef": {"name": "mongo", "key": "uri"}}},
        },
    });
    merge(&mut shop["spec"], patch);
    serde_json::from_value(shop).unwrap()
}

fn merge(into: &mut Value, patch: Value) {
    match patch {
        Value::Object(fields) if into.is_object() => {
            for (name, value) in fields {
                merge(&mut into[name], value);
            }
        }
        other => *into = other,
    }
}

/// What is wrong, as `path: message` lines.
fn faults(patch: Value) -> Vec<String> {
    let faults = validate(&with(patch)).map(|_| ()).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_shop_without_broker_and_store_is_told_so_at_once() {
    assert_eq!(
        faults(json!({"broker": null, "store": null})),
        [
            "spec.broker: is required in Kubernetes: set uri, or clusterRef to a RabbitmqCluster",
            "spec.store: is required in Kubernetes: set uri to the Secret with the MongoDB URI",
        ]
    );
}

#[test]
fn a_field_that_pods_do_not_have_is_a_fault_with_its_path() {
    assert_eq!(
        faults(json!({
            "dispatcher": {"podTemplate": {"spec": {"nodeSelectr": {"disk": "fast"}}}},
            "pools": [{"name": "items", "flows": ["item"], "podTemplate": {"spec": {
                "containers": [{"name": "worker", "env": [{"name": "A", "valu": "b"}]}],
            }}}],
        })),
        [
            "spec.dispatcher.podTemplate.spec.nodeSelectr: there is no such field",
            "spec.pools[0].podTemplate.spec.containers[0].env[0].valu: there is no such field",
        ]
    );
}

#[test]
fn a_field_of_another_type_is_a_fault_with_its_path() {
    let told = faults(json!({"dispatcher": {"podTemplate": {"spec": {"priority": "high"}}}}));
    assert!(
        told[0].starts_with("spec.dispatcher.podTemplate.spec.priority: invalid type: string"),
        "{told:?}"
    );
}

#[test]
fn overrides_cannot_touch_what_the_operator_holds_on_to() {
    assert_eq!(
        faults(json!({"dispatcher": {"podTemplate": {
            "metadata": {
                "name": "x",
                "labels": {"pawnshop.dev/shop": "other", "team": "till"},
                "annotations": {"pawnshop.dev/secrets-hash": "0"},
            },
            "spec": {"terminationGracePeriodSeconds": 5, "containers": [{"image": "x"}]},
        }}})),
        [
            "spec.dispatcher.podTemplate.metadata.name: a pod template has labels and annotations of its own, nothing else",
            "spec.dispatcher.podTemplate.metadata.labels[pawnshop.dev/shop]: is set by the operator; choose another key",
            "spec.dispatcher.podTemplate.metadata.annotations[pawnshop.dev/secrets-hash]: is set by the operator; choose another key",
            "spec.dispatcher.podTemplate.spec.containers[0].name: is required: \"dispatcher\" for the operator's own container, or a new one",
            "spec.dispatcher.podTemplate.spec.terminationGracePeriodSeconds: belongs beside podTemplate, so that the program is told as well",
        ]
    );
}

#[test]
fn peers_of_network_policies_are_checked_even_where_they_are_turned_off() {
    let told = faults(json!({"networkPolicy": {
        "enabled": false,
        "metricsFrom": [{"namespaceSelector": {}}, {"podSelectr": {}}],
        "workerEgress": [{"to": [{"ipBlock": {"cidr": 7}}]}],
    }}));
    assert_eq!(told[0], "spec.networkPolicy.metricsFrom[1].podSelectr: there is no such field");
    assert!(
        told[1].starts_with("spec.networkPolicy.workerEgress[0].to[0].ipBlock.cidr: invalid type"),
        "{told:?}"
    );
}

#[test]
fn a_configuration_must_fit_the_environment_of_a_process() {
    let config = json!({"text": "x".repeat(64 * 1024)});
    let told = faults(json!({"pools": [{"name": "items", "flows": ["item"], "config": config}]}));
    assert_eq!(told, ["spec.pools[0].config: must be at most 65536 bytes as JSON, not 65547"]);
}

#[test]
fn unknown_flows_are_told_where_the_stock_image_runs_and_stop_nothing() {
    let pools = json!([
        {"name": "items", "flows": ["item", "itms"]},
        {"name": "own", "flows": ["appraisals"], "image": "appraisals:1"},
    ]);
    let unknown = |shop: &PawnShop| unknown_flows(shop, &shop.resolved_pools(&[]).unwrap());
    let stock_image = with(json!({"pools": pools}));
    let itms = UnknownFlow { pool: "items".to_owned(), flow: "itms".parse().unwrap() };
    assert_eq!(unknown(&stock_image), [itms]);
    let shop = validate(&stock_image).unwrap();
    let flows: Vec<_> = shop.dispatcher.flows.iter().map(|flow| flow.as_str()).collect();
    assert_eq!(flows, ["item"], "a dispatcher would not start with the others");

    let another_image = with(json!({"image": "pawnshop:next", "pools": pools}));
    assert_eq!(unknown(&another_image), [], "another image may have other flows");
    assert_eq!(validate(&another_image).unwrap().dispatcher.flows.len(), 2);
}

#[test]
fn a_shop_whose_dispatcher_would_have_nothing_to_take_is_a_fault() {
    let told = faults(json!({"pools": [{"name": "own", "flows": ["appraisals"], "image": "appraisals:1"}]}));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("spec.pools: one of the dispatcher's flows must be in a pool: "), "{told:?}");
    assert!(told[0].contains("buy-actions"), "{told:?}");
}

#[test]
fn what_is_not_given_has_its_default() {
    let shop = validate(&with(json!({}))).unwrap();
    assert_eq!(shop.dispatcher.size, EdgeSize::Fixed(1));
    assert_eq!(shop.dispatcher.pods.grace_seconds, 40);
    assert_eq!(shop.dispatcher.service.port, 80);
    assert_eq!(shop.pools.len(), 1);
    assert_eq!(shop.pools[0].pool.name, "default");
    assert!(shop.network.is_some(), "network policies are made");
    assert_eq!(
        validate(&with(json!({"dispatcher": {"replicas": 0}}))).unwrap().dispatcher.size,
        EdgeSize::Fixed(0)
    );
}
