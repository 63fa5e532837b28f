//! `charts/pawnshop-operator`.

use crate::{chart, has_the_programs_version, of_kind, refuses, set};
use serde_json::Value as Json;
use serde_yaml::Value;
use std::collections::BTreeSet;

const NAME: &str = "pawnshop-operator";
const WITHOUT_CRDS: &str = "crds.install=false";

#[test]
fn helm_finds_no_fault_in_the_operators_chart() {
    let Some(chart) = chart(NAME, "helm_finds_no_fault_in_the_operators_chart") else { return };
    chart.lint(&[]).unwrap();
    has_the_programs_version(&chart);
}

#[test]
fn the_operators_chart_by_default() {
    let Some(chart) = chart(NAME, "the_operators_chart_by_default") else { return };
    insta::assert_snapshot!(chart.render(&set(&[WITHOUT_CRDS])).unwrap());
}

#[test]
fn the_operators_chart_for_one_namespace_with_all_that_can_be_set() {
    let Some(chart) = chart(NAME, "the_operators_chart_for_one_namespace_with_all_that_can_be_set") else {
        return;
    };
    let values = [
        WITHOUT_CRDS,
        "singleNamespace=true",
        "replicas=3",
        "image.repository=registry.example/pawnshop",
        "image.digest=sha256:1111111111111111111111111111111111111111111111111111111111111111",
        "image.pullPolicy=Always",
        "shopImage=registry.example/shop:1",
        "imagePullSecrets[0].name=registry",
        "settings.secrets-interval=1min",
        "settings.concurrency=4",
        "serviceAccount.annotations.cloud=identity",
        "podDisruptionBudget.enabled=false",
        "serviceMonitor.enabled=true",
        "serviceMonitor.labels.release=prometheus",
        "prometheusRule.enabled=true",
        "prometheusRule.labels.release=prometheus",
        "prometheusRule.runbooks=https://runbooks.example/pawnshop.md",
        "prometheusRule.severities.PawnshopDeadLetters=critical",
        "prometheusRule.without={PawnshopScalingFlaps,PawnshopContested}",
        "keda.namespace=scalers",
        "podAnnotations.a=b",
        "podLabels.team=shops",
        "nodeSelector.disk=ssd",
        "tolerations[0].operator=Exists",
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key=metadata.name",
        "priorityClassName=high",
        "fullnameOverride=keeper",
    ];
    insta::assert_snapshot!(chart.render(&set(&values)).unwrap());
}

#[test]
fn the_resource_is_the_one_of_crds_and_outlives_the_release() {
    let Some(chart) = chart(NAME, "the_resource_is_the_one_of_crds_and_outlives_the_release") else { return };
    let generated = std::fs::read_to_string(chart.file("../../crds/pawnshops.yaml")).unwrap();
    let generated: Json = serde_yaml::from_str(&generated).unwrap();
    let objects = chart.objects(&[]).unwrap();
    let [crd] = of_kind(&objects, "CustomResourceDefinition")[..] else { panic!("one resource") };
    assert_eq!(crd["metadata"]["name"], "pawnshops.pawnshop.dev");
    assert_eq!(crd["metadata"]["annotations"]["helm.sh/resource-policy"], "keep");
    let rendered = serde_json::to_value(&crd["spec"]).unwrap();
    let same = normal(rendered) == normal(generated["spec"].clone());
    assert!(same, "the chart's resource is not that of crds/: run `make crds` and commit the result");
    let without = chart.objects(&set(&[WITHOUT_CRDS])).unwrap();
    assert!(of_kind(&without, "CustomResourceDefinition").is_empty());
}

/// Numbers as one kind: `1.0` and `1` are the same to the API server.
fn normal(value: Json) -> Json {
    match value {
        Json::Number(number) => number.as_f64().into(),
        Json::Array(items) => items.into_iter().map(normal).collect(),
        Json::Object(fields) => fields.into_iter().map(|(name, value)| (name, normal(value))).collect(),
        other => other,
    }
}

/// What the roles allow to more than one object, as `group/resource verb`.
fn rights(objects: &[Value], kind: &str) -> BTreeSet<String> {
    let texts = |value: &Value| -> Vec<String> { serde_yaml::from_value(value.clone()).unwrap() };
    let rules = of_kind(objects, kind).into_iter().flat_map(|role| role["rules"].as_sequence().unwrap());
    let rules = rules.filter(|rule| rule["resourceNames"].is_null() || rule["verbs"][0] == "bind");
    let mut rights = BTreeSet::new();
    for rule in rules {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                rights.extend(texts(&rule["verbs"]).iter().map(|verb| format!("{group}/{resource} {verb}")));
            }
        }
    }
    rights
}

#[test]
fn the_operator_may_do_nothing_by_which_it_could_do_everything() {
    let Some(chart) = chart(NAME, "the_operator_may_do_nothing_by_which_it_could_do_everything") else {
        return;
    };
    for single in ["singleNamespace=false", "singleNamespace=true"] {
        let objects = chart.objects(&set(&[single])).unwrap();
        let mut rights = rights(&objects, "ClusterRole");
        rights.extend(self::rights(&objects, "Role"));
        assert!(!rights.is_empty());
        for right in &rights {
            let (resource, verb) = right.split_once(' ').unwrap();
            assert!(!right.contains('*'), "{right}");
            assert!(!["escalate", "impersonate"].contains(&verb), "{right}");
            assert!(resource != "/secrets" || verb == "get", "{right}");
            // To ask workers what they have to do, and to mark idle ones: neither exec nor creation.
            assert!(
                !resource.starts_with("/pods") || ["/pods list", "/pods patch"].contains(&&**right),
                "{right}"
            );
            assert!(!resource.ends_with("roles") || verb == "bind", "{right}");
        }
        let roles = objects
            .iter()
            .filter(|object| object["kind"].as_str().is_some_and(|kind| kind.ends_with("Role")));
        let rules: Vec<_> = roles.flat_map(|role| role["rules"].as_sequence().unwrap()).collect();
        let binding: Vec<_> = rules.iter().filter(|rule| rule["verbs"][0] == "bind").collect();
        let [bind] = binding[..] else { panic!("{single}: one rule binds, not {binding:?}") };
        assert_eq!(bind["resourceNames"], Value::from(vec!["pawnshop-dispatcher"]));
    }
}

#[test]
fn external_metrics_bring_rights_to_what_has_a_name_and_none_where_they_are_off() {
    let Some(chart) =
        chart(NAME, "external_metrics_bring_rights_to_what_has_a_name_and_none_where_they_are_off")
    else {
        return;
    };
    let named = |values: &[&str]| {
        let objects = chart.objects(&set(values)).unwrap();
        let roles = of_kind(&objects, "ClusterRole").into_iter().chain(of_kind(&objects, "Role"));
        let rules: Vec<_> = roles.flat_map(|role| role["rules"].as_sequence().unwrap().clone()).collect();
        let rule = |rule: &Value| {
            let texts = |key: &str| -> Vec<String> { serde_yaml::from_value(rule[key].clone()).unwrap() };
            let (resources, verbs) = (texts("resources").concat(), texts("verbs").join(" "));
            let is_metrics = rule["resourceNames"][0].as_str().is_some_and(|name| name.contains("metrics"));
            is_metrics.then(|| format!("{resources}: {verbs}"))
        };
        rules.iter().filter_map(rule).collect::<BTreeSet<_>>()
    };
    let on = ["apiservices: get delete create patch", "clusterroles: get", "secrets: get list watch update"];
    assert_eq!(named(&[]), on.map(str::to_owned).into());
    assert_eq!(named(&["externalMetrics.enabled=false"]), ["apiservices: get delete".to_owned()].into());
    assert_eq!(named(&["singleNamespace=true"]), BTreeSet::new());
    let off = chart.render(&set(&["externalMetrics.enabled=false", WITHOUT_CRDS])).unwrap();
    assert!(!off.contains("kind: Secret") && off.contains("--external-metrics=false"), "{off}");
}

#[test]
fn an_operator_of_one_namespace_has_no_right_outside_of_it() {
    let Some(chart) = chart(NAME, "an_operator_of_one_namespace_has_no_right_outside_of_it") else { return };
    let objects = chart.objects(&set(&["singleNamespace=true", WITHOUT_CRDS])).unwrap();
    for object in &objects {
        assert!(!object["kind"].as_str().unwrap().starts_with("Cluster"), "{object:?}");
        assert_eq!(object["metadata"]["namespace"], "shops");
    }
    let both = |kind: &str, single: &str| rights(&chart.objects(&set(&[single])).unwrap(), kind);
    let (everywhere, here) =
        (both("ClusterRole", "singleNamespace=false"), both("Role", "singleNamespace=true"));
    for right in here {
        let right = right.replace("/roles bind", "/clusterroles bind");
        assert!(everywhere.contains(&right) || right.contains("leases"), "{right}");
    }
}

#[test]
fn the_operators_chart_refuses_what_it_does_not_know() {
    let Some(chart) = chart(NAME, "the_operators_chart_refuses_what_it_does_not_know") else { return };
    let table = [
        ("replicas=0", "/replicas"),
        ("replica=2", "'replica'"),
        ("image.tags=1", "'tags'"),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        ("image.digest=sha256:1", "/image/digest"),
        ("crds.keep=false", "'keep'"),
        ("singleNamespace=shops", "/singleNamespace"),
        ("settings.watch-namespace=shops", "watch-namespace"),
        ("externalMetrics.enable=true", "'enable'"),
        ("settings.external-metrics=true", "external-metrics"),
        ("serviceMonitor.interval=often", "/serviceMonitor/interval"),
        ("prometheusRule.without={PawnshopBored}", "/prometheusRule/without/0"),
        ("prometheusRule.severities.PawnshopBored=none", "PawnshopBored"),
        ("dashboards.enable=true", "'enable'"),
        ("keda.enabled=true", "'enabled'"),
        ("settings.scaler-listen=1", "scaler-listen"),
        ("fullnameOverride=Operator", "/fullnameOverride"),
    ];
    refuses(&chart, &[], &table);
}

#[test]
fn the_longest_name_that_is_taken_makes_none_that_is_too_long() {
    let Some(chart) = chart(NAME, "the_longest_name_that_is_taken_makes_none_that_is_too_long") else {
        return;
    };
    let named = |length: usize| format!("fullnameOverride={}", "a".repeat(length));
    let objects =
        chart.objects(&set(&[named(52).as_str(), "serviceMonitor.enabled=true", WITHOUT_CRDS])).unwrap();
    for object in objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        assert!(name.len() <= 63, "{name}");
    }
    refuses(&chart, &[], &[(named(53).as_str(), "/fullnameOverride")]);
}
