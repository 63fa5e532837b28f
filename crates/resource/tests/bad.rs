//! Bad shops, from `testdata/bad`: what is said about each by `pawnshop up -f` and by the rules of the API server. The
//! same shops are brought before a real API server by the tests of the cluster.

use pawnshop_domain::FlowName;
use pawnshop_resource::testing::{BadShop, bad_shops};
use pawnshop_resource::{PawnShop, crd, stock_flows};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn up_says_what_is_wrong_with_each() {
    let served: Vec<FlowName> = stock_flows().iter().map(|flow| flow.name.clone()).collect();
    for shop in bad_shops().unwrap() {
        let text = serde_yaml::to_string(&shop.resource()).unwrap();
        let said: Vec<String> = match PawnShop::parse(&text, Some(&served)) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.all().iter().map(ToString::to_string).collect(),
        };
        assert_eq!(said, shop.up, "{}", shop.what);
        if let Some(before) = shop.resource_before() {
            PawnShop::parse(&serde_yaml::to_string(&before).unwrap(), Some(&served)).unwrap();
        } else {
            assert!(!shop.up.is_empty(), "nothing is wrong with {}", shop.what);
        }
    }
}

#[test]
fn the_rules_in_cel_say_what_is_wrong_with_each_that_breaks_one() {
    let schema = schema();
    let messages = messages(&schema);
    let breaks_a_rule = |shop: &BadShop| shop.says.iter().any(|said| messages.contains(said));
    for shop in bad_shops().unwrap().into_iter().filter(breaks_a_rule) {
        let said = said_in_cel(&schema, &shop.resource(), shop.resource_before().as_ref());
        assert_eq!(said, shop.says.iter().cloned().collect(), "{}", shop.what);
        if let Some(before) = shop.resource_before() {
            assert_eq!(said_in_cel(&schema, &before, None), BTreeSet::new(), "before: {}", shop.what);
            assert_eq!(said_in_cel(&schema, &shop.resource(), None), BTreeSet::new(), "alone: {}", shop.what);
        }
    }
}

#[test]
fn every_rule_is_broken_by_one_of_them() {
    let said: BTreeSet<String> = bad_shops().unwrap().into_iter().flat_map(|shop| shop.says).collect();
    let unbroken: Vec<_> =
        messages(&schema()).into_iter().filter(|message| !said.contains(message)).collect();
    assert!(unbroken.is_empty(), "{unbroken:#?}");
}

fn schema() -> Value {
    serde_json::to_value(crd()).unwrap_or_default()["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take()
}

fn said_in_cel(schema: &Value, shop: &Value, before: Option<&Value>) -> BTreeSet<String> {
    match kube_cel::Validator::new().validate(schema, shop, before) {
        Ok(()) => BTreeSet::new(),
        Err(errors) => errors.into_vec().into_iter().map(|error| error.message).collect(),
    }
}

/// What the rules anywhere in the schema say.
fn messages(schema: &Value) -> BTreeSet<String> {
    match schema {
        Value::Object(fields) => {
            let rules = fields.get("x-kubernetes-validations").and_then(Value::as_array);
            let own =
                rules.into_iter().flatten().filter_map(|rule| rule["message"].as_str().map(str::to_owned));
            own.chain(fields.values().flat_map(messages)).collect()
        }
        Value::Array(items) => items.iter().flat_map(messages).collect(),
        _ => BTreeSet::new(),
    }
}
