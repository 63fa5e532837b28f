//! The examples are good shops, by the parser and by the rules of the API server; those of one image's own flows are
//! good wherever flows are not known.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_domain::FlowName;
use pawnshop_resource::{PawnShop, crd, default_flows, stock_flows};
use serde_json::Value;
use std::path::{Path, PathBuf};

#[test]
fn every_example_is_a_good_shop() {
    let schema = &serde_json::to_value(crd()).unwrap()["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let files = examples();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        PawnShop::parse(&text, None).unwrap_or_else(|faults| panic!("{}: {faults}", file.display()));
        let value: Value = serde_yaml::from_str(&text).unwrap();
        kube_cel::Validator::new().validate(schema, &value, None).unwrap();
    }
}

#[test]
fn the_full_example_has_every_field_of_the_schema() {
    let schema = &serde_json::to_value(crd()).unwrap()["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let text = std::fs::read_to_string(folder().join("kubernetes/full.yaml")).unwrap();
    let mut spec = serde_yaml::from_str::<Value>(&text).unwrap()["spec"].take();
    // What another field of the example excludes, or another example is about.
    spec["broker"]["clusterRef"] = Value::Bool(true);
    for place in ["dispatcher", "pools"] {
        let sized = if place == "pools" { &mut spec[place][0] } else { &mut spec[place] };
        sized["replicas"] = Value::Bool(true);
    }
    for field in ["image", "config"] {
        spec["pools"][0][field] = Value::Bool(true);
    }
    assert_eq!(missing(&schema["properties"]["spec"], &spec, "spec"), Vec::<String>::new());
}

#[test]
fn the_minimal_examples_pool_has_the_stock_workers_flows_that_need_no_config() {
    let served = default_flows();
    assert!(!served.is_empty());
    let text = std::fs::read_to_string(folder().join("kubernetes/minimal.yaml")).unwrap();
    let shop = PawnShop::parse(&text, Some(&served)).unwrap();
    assert_eq!(shop.resolved_pools(&served).unwrap()[0].flows, served);
}

#[test]
fn an_own_workers_flow_is_refused_where_the_stock_worker_is_all_there_is() {
    let served: Vec<FlowName> = stock_flows().iter().map(|flow| flow.name.clone()).collect();
    let text = std::fs::read_to_string(folder().join("kubernetes/own-worker.yaml")).unwrap();
    let faults = PawnShop::parse(&text, Some(&served)).unwrap_err();
    assert_eq!(faults.all().len(), 1, "{faults}");
    assert!(
        faults.to_string().starts_with("spec.pools[1].flows[0]: no flow \"appraisals\" here"),
        "{faults}"
    );
}

/// The fields of the schema that the value does not have.
fn missing(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        match &value[name] {
            Value::Null => found.push(format!("{path}.{name}")),
            Value::Object(_) => found.extend(missing(field, &value[name], &format!("{path}.{name}"))),
            Value::Array(items) => {
                found.extend(missing(&field["items"], &items[0], &format!("{path}.{name}[0]")))
            }
            _ => {}
        }
    }
    found
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn examples() -> Vec<PathBuf> {
    let folders = [folder(), folder().join("kubernetes")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let files = entries.map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "yaml")).collect()
}
