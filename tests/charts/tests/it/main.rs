//! What the charts render, a file per chart, and what a cluster makes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod alerts;
mod dashboards;
mod installed;
mod operator;
mod promtool;
mod shop;

use pawnshop_charts::{Chart, Error};
use serde_yaml::Value;

/// The chart; `None`, noted as skipped, where there is no helm.
fn chart(name: &str, test: &str) -> Option<Chart> {
    match Chart::named(name) {
        Ok(chart) => Some(chart),
        Err(Error::FindHelm(why)) => {
            pawnshop_servers::skip(test, &why);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// `["a=1", "b=2"]` as flags.
fn set<'a>(values: &[&'a str]) -> Vec<&'a str> {
    values.iter().flat_map(|value| ["--set", value]).collect()
}

/// That each of these values is refused, with this in the message.
fn refuses(chart: &Chart, with: &[&str], table: &[(&str, &str)]) {
    for (value, told) in table {
        let mut values = with.to_vec();
        values.push(value);
        match chart.render(&set(&values)) {
            Ok(_) => panic!("{value} was taken"),
            Err(error) => assert!(error.to_string().contains(told), "{value}: {error}"),
        }
    }
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

/// Chart and programs are released together.
fn has_the_programs_version(chart: &Chart) {
    let read = std::fs::read_to_string(chart.file("Chart.yaml")).unwrap();
    let read: Value = serde_yaml::from_str(&read).unwrap();
    assert_eq!(read["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(read["appVersion"], env!("CARGO_PKG_VERSION"));
}
