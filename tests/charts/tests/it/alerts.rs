//! The alert rules of `charts/pawnshop-operator`, their tests in `tests/charts/alerts`, and `docs/RUNBOOKS.md`.

use crate::promtool::{Promtool, files};
use crate::{chart, of_kind, set};
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const NAME: &str = "pawnshop-operator";

fn of_the_tree(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn yaml(path: &Path) -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn rule_files() -> Vec<PathBuf> {
    files(&of_the_tree("charts/pawnshop-operator/files/alerts"))
}

fn test_files() -> Vec<PathBuf> {
    files(&of_the_tree("tests/charts/alerts"))
}

/// The rules of a list of groups.
fn rules(groups: &Value) -> Vec<&Value> {
    let groups = groups.as_sequence().unwrap().iter();
    groups.flat_map(|group| group["rules"].as_sequence().unwrap()).collect()
}

fn text<'a>(value: &'a Value, what: &str) -> &'a str {
    value.as_str().unwrap_or_else(|| panic!("{what} is missing"))
}

fn names() -> BTreeSet<String> {
    let files: Vec<_> = rule_files().iter().map(|file| yaml(file)).collect();
    let rules = files.iter().flat_map(|file| rules(&file["groups"]));
    rules.map(|rule| text(&rule["alert"], "alert").to_owned()).collect()
}

#[test]
fn promtool_finds_no_fault_in_the_alert_rules() {
    let Some(promtool) = Promtool::find("alerts::promtool_finds_no_fault_in_the_alert_rules") else { return };
    promtool.agrees(&["check", "rules", "--lint=all", "--lint-fatal"], &rule_files());
}

#[test]
fn each_alert_fires_when_it_should_and_not_when_it_should_not() {
    let Some(promtool) = Promtool::find("alerts::each_alert_fires_when_it_should_and_not_when_it_should_not")
    else {
        return;
    };
    promtool.agrees(&["test", "rules"], &test_files());
}

#[test]
fn each_alert_has_a_test_in_which_it_fires_and_one_in_which_it_never_does() {
    let (mut fires, mut stays_silent) = (BTreeSet::new(), BTreeSet::new());
    for file in test_files() {
        for test in yaml(&file)["tests"].as_sequence().unwrap() {
            let asked = test["alert_rule_test"].as_sequence().unwrap();
            for name in asked.iter().map(|asked| text(&asked["alertname"], "alertname")) {
                let fired = |asked: &&Value| !asked["exp_alerts"].as_sequence().unwrap().is_empty();
                let mut of_it = asked.iter().filter(|asked| asked["alertname"] == name);
                let set = if of_it.any(|asked| fired(&asked)) { &mut fires } else { &mut stays_silent };
                set.insert(name.to_owned());
            }
        }
    }
    assert_eq!(fires, names());
    assert_eq!(stays_silent, names());
}

#[test]
fn each_alert_says_what_it_is_and_leads_to_its_runbook_and_each_runbook_is_of_an_alert() {
    let runbooks = std::fs::read_to_string(of_the_tree("docs/RUNBOOKS.md")).unwrap();
    let headings = runbooks.lines().filter_map(|line| line.strip_prefix("## "));
    let headings: BTreeSet<_> = headings.map(str::to_owned).collect();
    assert_eq!(headings, names());
    for file in rule_files() {
        for rule in rules(&yaml(&file)["groups"]) {
            let name = text(&rule["alert"], "alert");
            let told = |what: &str| text(&rule["annotations"][what], &format!("{what} of {name}")).to_owned();
            // A heading of one word has it in small letters as its anchor.
            assert_eq!(told("runbook_url"), format!("docs/RUNBOOKS.md#{}", name.to_lowercase()));
            assert!(!told("summary").ends_with('.'), "{name}: a summary is a line, not a sentence");
            assert!(told("description").ends_with('.'), "{name}: a description is sentences");
            let severity = text(&rule["labels"]["severity"], "severity");
            assert!(["critical", "warning"].contains(&severity), "{name}: {severity}");
        }
    }
}

#[test]
fn what_the_chart_installs_are_the_rules_that_were_tested() {
    let test = "alerts::what_the_chart_installs_are_the_rules_that_were_tested";
    let Some(chart) = chart(NAME, test) else { return };
    let objects = chart.objects(&set(&["prometheusRule.enabled=true", "crds.install=false"])).unwrap();
    let [installed] = of_kind(&objects, "PrometheusRule")[..] else { panic!("one PrometheusRule") };
    let files: Vec<_> = rule_files().iter().map(|file| yaml(file)).collect();
    let tested: Vec<_> = files.iter().flat_map(|file| file["groups"].as_sequence().unwrap()).collect();
    let installed: Vec<_> = installed["spec"]["groups"].as_sequence().unwrap().iter().collect();
    assert_eq!(installed, tested);
}

#[test]
fn alerts_that_are_not_wanted_are_left_out_with_groups_that_they_leave_empty() {
    let test = "alerts::alerts_that_are_not_wanted_are_left_out_with_groups_that_they_leave_empty";
    let Some(chart) = chart(NAME, test) else { return };
    let shops = yaml(&of_the_tree("charts/pawnshop-operator/files/alerts/shops.yaml"));
    let of_shops: Vec<_> =
        rules(&shops["groups"]).into_iter().map(|rule| text(&rule["alert"], "alert")).collect();
    let without = format!("prometheusRule.without={{{}}}", of_shops.join(","));
    let objects = chart.objects(&set(&["prometheusRule.enabled=true", &without])).unwrap();
    let [installed] = of_kind(&objects, "PrometheusRule")[..] else { panic!("one PrometheusRule") };
    let groups = &installed["spec"]["groups"];
    let groups: Vec<_> =
        groups.as_sequence().unwrap().iter().map(|group| text(&group["name"], "name")).collect();
    assert_eq!(groups, ["pawnshop-operator", "pawnshop-scaling"]);
}

#[test]
fn the_charts_schema_knows_each_alert() {
    let schema = yaml(&of_the_tree("charts/pawnshop-operator/values.schema.json"));
    let known = schema["definitions"]["alert"]["enum"].as_sequence().unwrap().iter();
    let known: BTreeSet<_> = known.map(|name| text(name, "name").to_owned()).collect();
    assert_eq!(known, names());
}
