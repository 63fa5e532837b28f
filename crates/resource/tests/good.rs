//! What good files mean, and that the custom resource definition says the same as the parser.

use pawnshop_domain::FlowName;
use pawnshop_resource::{PawnShop, crd, stock_flows};
use serde_json::Value;
use std::time::Duration;

fn served() -> Vec<FlowName> {
    ["item", "buy-actions", "sell-actions", "pawn-actions"].into_iter().flat_map(str::parse).collect()
}

fn with_spec(spec: &str) -> String {
    format!("apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {{name: a}}\nspec: {spec}\n")
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
        let shop = PawnShop::parse(&with_spec(spec), Some(&served())).unwrap();
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
fn a_pool_of_a_fixed_size_is_not_autoscaled() {
    let text = with_spec("{pools: [{name: a, flows: [item], replicas: 3}]}");
    let pools = PawnShop::parse(&text, None).unwrap().resolved_pools(&[]).unwrap();
    assert_eq!((pools[0].min, pools[0].max, pools[0].autoscaled), (3, 3, false));
}

#[test]
fn durations_are_read_and_left_to_the_programs_when_absent() {
    let shop =
        PawnShop::parse(&with_spec("{retryDelays: [250ms, 10s, 2min, 1h], outcomeRetention: 72h}"), None)
            .unwrap();
    let delays = [0.25, 10.0, 120.0, 3600.0].map(Duration::from_secs_f64);
    assert_eq!(shop.retry_delays().unwrap(), delays);
    assert_eq!(shop.outcome_retention().unwrap(), Duration::from_secs(72 * 3600));
    let silent = PawnShop::built_in();
    assert_eq!((silent.retry_delays(), silent.outcome_retention()), (None, None));
}

#[test]
fn the_longest_durations_that_are_let_through_are_read() {
    let spec = "{retryDelays: [99999999ms, 999999s, 9999m, 9999min, 99h], outcomeRetention: 9999d}";
    let shop = PawnShop::parse(&with_spec(spec), None).unwrap();
    assert_eq!(shop.retry_delays().unwrap().len(), 5);
    let broker_bound = Duration::from_millis(u64::from(u32::MAX));
    assert!(shop.retry_delays().unwrap().into_iter().all(|delay| delay < broker_bound));
    assert!(shop.outcome_retention().is_some());
}

#[test]
fn amounts_are_read_as_kubernetes_writes_them() {
    let good = ["1", "'1'", "500m", "0.5Gi", "'.5'", "'1e3'", "'1E3'", "+1Ki", "'1.'", "12Mi", "'-1'"];
    let bad = ["'1 Gi'", "1MB", "''", "Gi", "'1.2.3'", "1ki", "[1]", "'e3'", "1e"];
    for (amounts, is_good) in [(good.as_slice(), true), (&bad, false)] {
        for amount in amounts {
            let spec = format!("{{dispatcher: {{resources: {{limits: {{memory: {amount}}}}}}}}}");
            assert_eq!(PawnShop::parse(&with_spec(&spec), None).is_ok(), is_good, "{amount}");
        }
    }
}

#[test]
fn the_stock_workers_flows_are_known() {
    let known: Vec<_> = stock_flows().iter().map(|flow| flow.name.as_str()).collect();
    assert!(known.contains(&"item"), "flows.json cannot be read: {known:?}");
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
