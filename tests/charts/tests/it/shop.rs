//! `charts/pawnshop`.

use crate::{chart, has_the_programs_version, of_kind, refuses, set};
use pawnshop_domain::FlowName;
use pawnshop_resource::{PawnShop, stock_flows};
use serde_json::Value;
use std::collections::BTreeSet;

const NAME: &str = "pawnshop";
const SERVERS: [&str; 4] = [
    "broker.uri.secretKeyRef.name=rabbit",
    "broker.uri.secretKeyRef.key=uri",
    "store.uri.secretKeyRef.name=mongo",
    "store.uri.secretKeyRef.key=uri",
];
const EVALUATION: [&str; 2] = ["evaluation.enabled=true", "evaluation.password=secret"];

#[test]
fn helm_finds_no_fault_in_the_shops_chart() {
    let Some(chart) = chart(NAME, "helm_finds_no_fault_in_the_shops_chart") else { return };
    chart.lint(&set(&SERVERS)).unwrap();
    chart.lint(&set(&EVALUATION)).unwrap();
    has_the_programs_version(&chart);
}

#[test]
fn the_shops_chart_with_servers_of_yours() {
    let Some(chart) = chart(NAME, "the_shops_chart_with_servers_of_yours") else { return };
    insta::assert_snapshot!(chart.render(&set(&SERVERS)).unwrap());
}

#[test]
fn the_shops_chart_with_servers_to_try_it_with() {
    let Some(chart) = chart(NAME, "the_shops_chart_with_servers_to_try_it_with") else { return };
    insta::assert_snapshot!(chart.render(&set(&EVALUATION)).unwrap());
}

#[test]
fn the_shop_that_it_renders_has_no_fault() {
    let Some(chart) = chart(NAME, "the_shop_that_it_renders_has_no_fault") else { return };
    let stock: Vec<FlowName> = stock_flows().iter().map(|flow| flow.name.clone()).collect();
    for values in [SERVERS.as_slice(), EVALUATION.as_slice()] {
        let mut values = values.to_vec();
        values.extend(["outcomeRetention=72h", "retryDelays={1s,5s}", "imagePullPolicy=IfNotPresent"]);
        let objects = chart.objects(&set(&values)).unwrap();
        let [shop] = of_kind(&objects, "PawnShop")[..] else { panic!("one shop") };
        let shop = PawnShop::parse(&serde_yaml::to_string(shop).unwrap(), Some(&stock)).unwrap();
        assert_eq!(shop.metadata.name.as_deref(), Some("downtown"));
        assert_eq!(shop.spec.outcome_retention.as_deref(), Some("72h"));
        assert_eq!(shop.spec.retry_delays, ["1s", "5s"]);
    }
}

#[test]
fn every_field_of_the_resource_can_be_set_and_no_other() {
    let Some(chart) = chart(NAME, "every_field_of_the_resource_can_be_set_and_no_other") else { return };
    let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let crd = serde_json::to_value(pawnshop_resource::crd()).unwrap();
    let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    let schema = std::fs::read_to_string(chart.file("values.schema.json")).unwrap();
    let mut settable = names(&serde_json::from_str::<Value>(&schema).unwrap()["properties"]);
    for own in ["global", "name", "labels", "annotations", "evaluation"] {
        assert!(settable.remove(own), "{own}");
    }
    assert_eq!(settable, names(&spec["properties"]));

    let values: serde_yaml::Value =
        serde_yaml::from_str(&std::fs::read_to_string(chart.file("values.yaml")).unwrap()).unwrap();
    let template = std::fs::read_to_string(chart.file("templates/pawnshop.yaml")).unwrap();
    for field in settable {
        assert!(values.get(&field).is_some(), "values.yaml does not tell of {field}");
        assert!(template.contains(&format!("{field:?}")), "the template drops {field}");
    }
}

#[test]
fn the_shops_chart_refuses_what_cannot_become_a_shop() {
    let Some(chart) = chart(NAME, "the_shops_chart_refuses_what_cannot_become_a_shop") else { return };
    refuses(&chart, &[], &[("outcomeRetention=72h", "a shop needs a broker and a store")]);
    let table = [
        ("pool[0].name=items", "'pool'"),
        ("pools=items", "/pools"),
        ("pools[0].flows={item}", "'name'"),
        ("imagePullPolicy=Sometimes", "/imagePullPolicy"),
        ("name=Downtown", "/name"),
        ("name=downtown-but-with-a-name-too-long", "/name"),
        ("evaluation.enabled=true", "leave broker and store empty"),
        ("evaluation.postgres.image=postgres", "'postgres'"),
    ];
    refuses(&chart, &SERVERS, &table);
    refuses(&chart, &["evaluation.enabled=true"], &[("evaluation.password=a b", "/evaluation/password")]);
}
