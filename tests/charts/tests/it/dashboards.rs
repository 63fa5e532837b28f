//! The dashboards of `charts/pawnshop-operator`, as far as can be told without a Grafana; and that the metrics are there
//! that they and the alerts ask for.

use crate::promtool::{Promtool, files};
use crate::{chart, of_kind, set};
use pawnshop_servers::Folder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const SCHEMA: u64 = 39;

fn of_the_tree(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn dashboards() -> Vec<(String, Value)> {
    let files = files(&of_the_tree("charts/pawnshop-operator/files/dashboards"));
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let dashboard = serde_json::from_str(&std::fs::read_to_string(&path).unwrap());
        (name.clone(), dashboard.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    files.into_iter().map(read).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    list(&dashboard["panels"]).iter().filter(|panel| panel["type"] != "row")
}

/// All that a dashboard asks Prometheus, of panels and annotations.
fn queries(dashboard: &Value) -> Vec<&str> {
    let targets = panels(dashboard).flat_map(|panel| list(&panel["targets"]));
    let annotations = list(&dashboard["annotations"]["list"]).iter();
    targets.chain(annotations).filter_map(|asked| asked["expr"].as_str()).collect()
}

#[test]
fn each_panel_says_what_it_shows_in_which_unit_of_a_datasource_that_can_be_chosen() {
    let mut uids = BTreeSet::new();
    for (name, dashboard) in dashboards() {
        assert!(dashboard["schemaVersion"].as_u64().unwrap() >= SCHEMA, "{name}");
        assert!(uids.insert(dashboard["uid"].as_str().unwrap().to_owned()), "{name} has another's uid");
        let variables = list(&dashboard["templating"]["list"]);
        assert_eq!(
            (&variables[0]["name"], &variables[0]["type"]),
            (&"datasource".into(), &"datasource".into())
        );
        let mut ids = BTreeSet::new();
        for panel in list(&dashboard["panels"]) {
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: an id is there twice");
        }
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().unwrap();
            let said = panel["description"].as_str().unwrap_or_default();
            assert!(said.ends_with('.'), "{name}, {title}: a description is a sentence");
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{name}, {title}: no unit");
            let asked = list(&panel["targets"]);
            assert!(!asked.is_empty(), "{name}, {title}: asks nothing");
            for source in asked.iter().map(|target| &target["datasource"]).chain([&panel["datasource"]]) {
                assert_eq!(source["uid"], "${datasource}", "{name}, {title}");
            }
        }
    }
    assert_eq!(uids.len(), 3);
}

#[test]
fn no_panel_lies_over_another() {
    for (name, dashboard) in dashboards() {
        let mut taken = BTreeSet::new();
        for panel in list(&dashboard["panels"]) {
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
            assert!(x + w <= 24, "{name}: {} is too wide", panel["title"]);
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(taken.insert(cell), "{name}: {} lies over another", panel["title"]);
            }
        }
    }
}

#[test]
fn promtool_can_read_every_query() {
    let Some(promtool) = Promtool::find("dashboards::promtool_can_read_every_query") else { return };
    let folder = Folder::temporary("dashboards").unwrap();
    for (name, dashboard) in dashboards() {
        // What Grafana puts in for its variables.
        let plain = |query: &str| query.replace("$__rate_interval", "5m").replace('$', "");
        let rules = queries(&dashboard).into_iter().enumerate();
        let rules = rules
            .map(|(at, query)| serde_json::json!({"record": format!("query:{at}"), "expr": plain(query)}));
        let rules: Vec<_> = rules.collect();
        let file = folder.path().join(name);
        let text = serde_json::json!({"groups": [{"name": "queries", "rules": rules}]}).to_string();
        std::fs::write(&file, text).unwrap();
        promtool.agrees(&["check", "rules"], &[file]);
    }
}

#[test]
fn every_metric_that_is_asked_for_is_one_that_a_program_has() {
    let mut had = BTreeSet::new();
    for folder in ["crates", "dispatcher", "operator/src", "services", "worker"] {
        names_in_sources(&of_the_tree(folder), &mut had);
    }
    assert!(had.contains("pawnshop_operator_leader") && had.contains("pawnshop_worker_settled_total"));
    let mut texts: Vec<String> = files(&of_the_tree("charts/pawnshop-operator/files/alerts"))
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    for (_, dashboard) in dashboards() {
        texts.extend(queries(&dashboard).into_iter().map(str::to_owned));
    }
    for asked in texts.iter().flat_map(|text| names(text)) {
        let name = ["_bucket", "_count"].iter().find_map(|of| asked.strip_suffix(of)).unwrap_or(asked);
        let is_label = name.starts_with("pawnshop_dev_");
        assert!(is_label || had.contains(name), "no program has {asked}");
    }
}

/// All that looks like the name of a metric of ours.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.filter(|word| word.starts_with("pawnshop_"))
}

fn names_in_sources(folder: &Path, had: &mut BTreeSet<String>) {
    for path in files(folder) {
        if path.is_dir() {
            names_in_sources(&path, had);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            had.extend(names(&std::fs::read_to_string(&path).unwrap()).map(str::to_owned));
        }
    }
}

#[test]
fn the_chart_brings_the_dashboards_as_the_sidecar_looks_for_them() {
    let test = "dashboards::the_chart_brings_the_dashboards_as_the_sidecar_looks_for_them";
    let Some(chart) = chart("pawnshop-operator", test) else { return };
    assert!(of_kind(&chart.objects(&set(&[])).unwrap(), "ConfigMap").is_empty());
    let values = ["dashboards.enabled=true", "dashboards.annotations.grafana_folder=Shops"];
    let objects = chart.objects(&set(&values)).unwrap();
    let [map] = of_kind(&objects, "ConfigMap")[..] else { panic!("one ConfigMap") };
    assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], "1");
    assert_eq!(map["metadata"]["annotations"]["grafana_folder"], "Shops");
    for (name, dashboard) in dashboards() {
        let brought = map["data"][format!("pawnshop-{name}")].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(brought).unwrap(), dashboard);
    }
    assert_eq!(map["data"].as_mapping().unwrap().len(), dashboards().len());
}
