//! What the resource says of pods, merged into what the operator makes.

use super::shops::{FULL, MINIMAL, shop};
use super::{built, container, object};
use pawnshop_resource::{Dispatcher, PawnShop};
use serde_json::{Value, json};

/// The dispatchers' Deployment when `dispatcher` says this.
fn dispatchers(dispatcher: Value) -> Value {
    let mut shop: PawnShop = shop(MINIMAL);
    shop.spec.dispatcher = Some(serde_json::from_value::<Dispatcher>(dispatcher).unwrap());
    object(&built(&shop), "Deployment", "downtown-dispatcher").clone()
}

#[test]
fn overrides_are_merged_by_name_and_leave_the_rest_as_it_is() {
    let children = built(&shop(FULL));
    let deployment = object(&children, "Deployment", "uptown-dispatcher");
    let template = &deployment["spec"]["template"];
    assert_eq!(template["metadata"]["labels"]["team"], "till");
    assert_eq!(template["metadata"]["labels"]["pawnshop.dev/shop"], "uptown");
    assert_eq!(template["metadata"]["annotations"]["example.com/audit"], "on");
    assert_eq!(template["spec"]["nodeSelector"], json!({"disk": "fast"}));
    let containers = template["spec"]["containers"].as_array().unwrap();
    let names: Vec<_> = containers.iter().map(|container| container["name"].clone()).collect();
    assert_eq!(names, ["dispatcher", "mesh"]);
    let environment = container(deployment)["env"].as_array().unwrap();
    assert!(environment.iter().any(|variable| variable["name"] == "RUST_LOG"));
    assert!(environment.iter().any(|variable| variable["name"] == "BROKER_URI"));
    assert!(deployment["metadata"]["labels"].get("team").is_none(), "only pods are overridden");
}

#[test]
fn a_spread_can_be_made_strict_and_a_probe_slower() {
    let deployment = dispatchers(json!({"podTemplate": {"spec": {
        "topologySpreadConstraints": [{"topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 2}],
        "containers": [{"name": "dispatcher", "livenessProbe": {"periodSeconds": 60}}],
    }}}));
    let spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"].as_array().unwrap();
    assert_eq!(spread.len(), 2);
    assert_eq!(
        (&spread[0]["whenUnsatisfiable"], &spread[0]["maxSkew"]),
        (&json!("DoNotSchedule"), &json!(2))
    );
    assert_eq!(spread[0]["labelSelector"], deployment["spec"]["selector"]);
    assert_eq!(container(&deployment)["livenessProbe"]["periodSeconds"], 60);
    assert_eq!(container(&deployment)["livenessProbe"]["httpGet"]["path"], "/healthz");
}

#[test]
fn resources_have_defaults_only_where_nothing_is_said() {
    let resources = |given: Value| container(&dispatchers(json!({"resources": given})))["resources"].clone();
    assert_eq!(
        container(&dispatchers(json!({})))["resources"],
        json!({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}})
    );
    assert_eq!(
        resources(json!({"requests": {"memory": "1Gi"}})),
        json!({"requests": {"cpu": "100m", "memory": "1Gi"}}),
        "no limit below the request"
    );
    assert_eq!(
        resources(json!({"limits": {"cpu": 2, "memory": "32Mi"}})),
        json!({"limits": {"cpu": "2", "memory": "32Mi"}}),
        "no request above the limit: Kubernetes makes it the limit"
    );
}
