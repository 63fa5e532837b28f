//! What good files mean, and that the custom resource definition says the same as the parser.

use pawnshop_domain::FlowName;
use pawnshop_resource::{PawnShop, crd};
use serde_json::{Value, json};

fn served() -> Vec<FlowName> {
    ["item", "buy-actions", "sell-actions", "pawn-actions"].into_iter().flat_map(str::parse).collect()
}

const WHOLE: &str = "
apiVersion: pawnshop.dev/v1alpha1
kind: PawnShop
metadata: {name: downtown, namespace: shops, labels: {city: Lisbon}, resourceVersion: '7'}
spec:
  broker: {uri: {secretKeyRef: {name: rabbit, key: uri}}, managementUri: {secretKeyRef: {name: rabbit, key: m}}}
  store: {uri: {secretKeyRef: {name: mongo, key: uri}}, database: downtown}
  dispatcher: {replicas: 2}
  pools:
    - {name: items, flows: [item], autoscaling: {min: 1, max: 10, backlogPerWorker: 500}, config: {deep: [1, {a: b}]}}
    - {name: actions, flows: [buy-actions, sell-actions, pawn-actions], autoscaling: {min: 0, max: 20, scaleInStabilizationSeconds: 5}}
status: {anything: true}
";

#[test]
fn the_whole_resource_is_read_and_defaults_are_filled_in() {
    let shop = PawnShop::parse(WHOLE, Some(&served())).unwrap();
    assert_eq!(shop.shop_name().unwrap().to_string(), "shops.downtown");
    insta::assert_debug_snapshot!(shop.resolved_pools(&served()).unwrap());
}

#[test]
fn without_pools_one_pool_has_every_flow() {
    for spec in ["{}", "{pools: []}", "{pools: }"] {
        let text = format!(
            "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {{name: a}}\nspec: {spec}\n"
        );
        let shop = PawnShop::parse(&text, Some(&served())).unwrap();
        let pools = shop.resolved_pools(&served()).unwrap();
        assert_eq!(pools.len(), 1);
        assert_eq!(pools[0].flows, served());
        assert_eq!((pools[0].min, pools[0].max), (1, 10));
    }
}

#[test]
fn the_built_in_shop_is_a_good_one() {
    let text = serde_yaml::to_string(&PawnShop::built_in()).unwrap();
    assert_eq!(PawnShop::parse(&text, None).unwrap(), PawnShop::built_in());
}

#[test]
fn a_flow_of_another_image_is_good_where_flows_are_not_known() {
    let text = WHOLE.replace("[item]", "[item, appraisals]");
    assert!(PawnShop::parse(&text, None).is_ok());
    assert!(PawnShop::parse(&text, Some(&served())).is_err());
}

#[test]
fn the_api_servers_rules_and_the_parsers_agree() {
    let pools = |pools: Value| json!({"pools": pools});
    let cases = [
        ("good", "a", json!({}), true),
        (
            "good pools",
            "a",
            pools(json!([{"name": "a", "flows": ["x", "y"]}, {"name": "b", "flows": ["z"]}])),
            true,
        ),
        ("a bad shop name", "A", json!({}), false),
        ("a long shop name", &"a".repeat(31), json!({}), false),
        (
            "a flow in two pools",
            "a",
            pools(json!([{"name": "a", "flows": ["x"]}, {"name": "b", "flows": ["x"]}])),
            false,
        ),
        (
            "nobody works",
            "a",
            pools(json!([{"name": "a", "flows": ["x"], "autoscaling": {"min": 0}}])),
            false,
        ),
        (
            "min over max",
            "a",
            pools(json!([{"name": "a", "flows": ["x"], "autoscaling": {"min": 3, "max": 2}}])),
            false,
        ),
        (
            "min over the default",
            "a",
            pools(json!([{"name": "a", "flows": ["x"], "autoscaling": {"min": 11}}])),
            false,
        ),
        ("a bad pool name", "a", pools(json!([{"name": "a_b", "flows": ["x"]}])), false),
        ("a reserved pool name", "a", pools(json!([{"name": "dispatcher", "flows": ["x"]}])), false),
        ("a bad flow name", "a", pools(json!([{"name": "a", "flows": ["x."]}])), false),
        ("a reserved flow name", "a", pools(json!([{"name": "a", "flows": ["retry-1s"]}])), false),
    ];
    let schema =
        serde_json::to_value(crd()).unwrap()["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take();
    for (what, name, spec, good) in cases {
        let shop = json!({
            "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": {"name": name}, "spec": spec,
        });
        let errors = kube_cel::Validator::new().validate_with_defaults(&schema, &shop, None);
        assert_eq!(errors.is_ok(), good, "the API server's rules on {what}: {errors:?}");
        let parsed = PawnShop::parse(&serde_yaml::to_string(&shop).unwrap(), None);
        assert_eq!(parsed.is_ok(), good, "the parser on {what}: {parsed:?}");
    }
}

#[test]
fn the_definition_bounds_and_describes_everything() {
    fn walk(path: &str, schema: &Value) {
        match schema["type"].as_str() {
            Some("string") => {
                assert!(schema["maxLength"].is_u64() || schema["enum"].is_array(), "{path} has no maxLength");
            }
            Some("array") => assert!(schema["maxItems"].is_u64(), "{path} has no maxItems"),
            Some("object") if !schema["properties"].is_object() => {
                assert!(schema["maxProperties"].is_u64(), "{path} has no maxProperties");
            }
            _ => {}
        }
        assert!(schema["nullable"].is_null(), "{path} takes null for a value");
        for (step, child) in [("[]", &schema["items"]), ("{}", &schema["additionalProperties"])] {
            if child.is_object() {
                walk(&format!("{path}{step}"), child);
            }
        }
        for (name, child) in schema["properties"].as_object().into_iter().flatten() {
            assert!(child["description"].is_string(), "{path}.{name} has no description");
            walk(&format!("{path}.{name}"), child);
        }
    }
    let crd = serde_json::to_value(crd()).unwrap();
    let parts = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    walk("spec", &parts["spec"]);
    walk("status", &parts["status"]);
}

#[test]
fn the_definition_is_small_enough_for_every_client() {
    assert!(serde_yaml::to_string(&crd()).unwrap().len() < 200_000);
}

#[test]
fn the_definition_in_crds_is_up_to_date() {
    let committed = include_str!("../../../crds/pawnshops.yaml");
    assert!(committed.ends_with(&serde_yaml::to_string(&crd()).unwrap()), "run `make crds` and commit");
}
