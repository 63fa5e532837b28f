use super::{Rule, Twin, all, check};
use crate::crd::schema;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Texts near the edges of the rules on texts.
const TEXTS: &[&str] = &[
    "a",
    "A",
    "7",
    "-",
    ".",
    "_",
    "a-",
    "-a",
    "a-b",
    "a.b",
    "a_b",
    "a..b",
    "A-b",
    "a b",
    "a/b",
    "/",
    "/a",
    "//",
    "ä",
    "日本",
    "*",
    "*.",
    "*.a",
    "*.a.b",
    "a.*",
    "*a",
    "**.a",
    "shop.example.com",
    "Shop.example.com",
    "shop.example.com.",
    ".com",
    "shop.example.com:8080",
    "https://shop.example.com",
    "registry.example.com/pawnshop:1.2@sha256:ab",
    "a:b",
    ":b",
    "dispatcher",
    "operations",
    "operator",
    "worker",
    "workers",
    "fleet",
    "dead",
    "retry",
    "retry-",
    "events",
    "1s",
    "0s",
    "01s",
    "10ms",
    "99999999ms",
    "100000000ms",
    "999999s",
    "1000000s",
    "9999m",
    "9999min",
    "10000min",
    "99h",
    "100h",
    "1d",
    "9999d",
    "10000d",
    "0d",
    "1",
    "s",
    "1 s",
    "1h30m",
    "1.5h",
    "-1s",
    "1S",
    "1sec",
    "90min",
    "72h",
    "Europe/Berlin",
    "Etc/GMT+7",
    "0 8 * * 1-5",
    "*/5 0,12 1-7 jan MON#1",
    "0  8 * * *",
    "0 8 * *",
    "0 8 * * * *",
    " 0 8 * * *",
    "0 8 * * ?",
    "1s\n",
    "a\n",
    "\na",
];

fn holds_in_cel(rule: &Rule, schema: &Value, value: &Value) -> bool {
    let mut schema = schema.clone();
    schema["x-kubernetes-validations"] = json!([{"rule": rule.cel, "message": rule.message}]);
    kube_cel::Validator::new().validate(&schema, value, None).is_ok()
}

fn holds_in_rust(rule: &Rule, value: &Value) -> bool {
    let mut faults = Vec::new();
    check(rule.cel, &serde_yaml::to_value(value).unwrap(), "spec", &mut faults);
    faults.is_empty()
}

fn in_the_schema(schema: &JSONSchemaProps, found: &mut BTreeSet<String>) {
    found.extend(schema.x_kubernetes_validations.iter().flatten().map(|rule| rule.rule.clone()));
    schema.properties.iter().flatten().for_each(|(_, schema)| in_the_schema(schema, found));
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
        in_the_schema(items, found);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &schema.additional_properties {
        in_the_schema(values, found);
    }
}

#[test]
fn every_rule_of_the_schema_has_its_twin_and_every_twin_its_rule() {
    let mut found = BTreeSet::new();
    in_the_schema(&schema(), &mut found);
    assert_eq!(found, all().map(|rule| rule.cel.to_owned()).collect());
}

#[test]
fn no_two_rules_are_written_alike() {
    let rules: Vec<_> = all().map(|rule| rule.cel).collect();
    assert_eq!(rules.iter().collect::<BTreeSet<_>>().len(), rules.len());
}

#[test]
fn a_rule_on_a_text_and_its_twin_agree_on_texts_near_its_edges() {
    let rules = [
        super::POOL_NAME.as_slice(),
        &super::OBJECT_NAME,
        &super::SECRET_KEY,
        &super::NAMESPACE,
        &super::HOST,
        &super::PATH,
        &super::IMAGE,
        &super::DATABASE,
        &super::RETENTION,
        &super::CRON,
        &super::TIME_ZONE,
    ];
    agree(&rules.concat(), &json!({"type": "string"}), |text| json!(text));
}

#[test]
fn a_rule_on_a_list_of_texts_and_its_twin_agree_on_texts_near_its_edges() {
    let rules = [super::FLOW_NAMES.as_slice(), &super::HOSTS, &super::RETRY_DELAYS].concat();
    agree(&rules, &json!({"type": "array", "items": {"type": "string"}}), |text| json!([text]));
}

fn agree(rules: &[Rule], schema: &Value, value: impl Fn(&str) -> Value) {
    for rule in rules {
        let (mut kept, mut broken) = (0, 0);
        for text in TEXTS {
            let holds = holds_in_cel(rule, schema, &value(text));
            assert_eq!(holds_in_rust(rule, &value(text)), holds, "{} on {text:?}", rule.cel);
            *(if holds { &mut kept } else { &mut broken }) += 1;
        }
        assert!(kept > 0 && broken > 0, "{} is kept {kept} times, broken {broken} times", rule.cel);
    }
}

#[test]
fn only_a_rule_on_changes_has_nothing_to_say_of_one_file() {
    for rule in all() {
        assert_eq!(matches!(rule.twin, Twin::OnChange), rule.cel.contains("oldSelf"), "{}", rule.cel);
    }
}
