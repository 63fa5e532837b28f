//! The rules that no type can say, each twice: in CEL, which the API server evaluates, and in Rust, for
//! [`crate::PawnShop::parse`], which tells more exactly where. A rule stands in the schema; whoever walks the schema
//! finds the twin by it, so that both are applied at the same places. Tests hold the two together.

mod durations;
mod names;
mod pools;
mod references;
mod schedules;
mod size;
mod store;

pub(crate) use durations::{RETENTION, RETRY_DELAYS};
pub(crate) use names::{
    FLOW_NAMES, HOST, HOSTS, IMAGE, NAMESPACE, OBJECT_NAME, PATH, POOL_NAME, SECRET_KEY, SHOP, is_reserved,
};
pub(crate) use pools::POOLS;
pub(crate) use references::{BROKER, CLIENT_TLS};
pub(crate) use schedules::{CRON, SCHEDULE, TIME_ZONE};
pub(crate) use size::{MIN_MAX, SIZE};
pub(crate) use store::{DATABASE, SPEC};

use crate::fault::Fault;
use serde_json::json;
use serde_yaml::Value;

/// A rule, twice, and what is said to whoever breaks it.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    /// In CEL. It may take defaults for filled in.
    pub(crate) cel: &'static str,
    /// What the API server says: what is wanted, and why where that is not plain.
    pub(crate) message: &'static str,
    /// In Rust. It may take nothing for granted: neither defaults nor types.
    pub(crate) twin: Twin,
}

/// A rule in Rust.
#[derive(Clone, Copy)]
pub(crate) enum Twin {
    /// Whether the rule holds; the message is the API server's.
    Holds(fn(&Value) -> bool),
    /// Tells what breaks the rule, with messages and paths of its own.
    Tells(fn(&Value, &mut Report<'_>)),
    /// About a change of the resource: there is nothing to say about one file.
    OnChange,
}

/// Where a twin tells what it found.
pub(crate) struct Report<'a> {
    path: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Report<'_> {
    /// `below`: where, from the value that the rule is on: `[1].name`.
    fn add(&mut self, below: &str, message: impl Into<String>) {
        let path = format!("{}{below}", self.path);
        self.faults.push(Fault { path: path.trim_start_matches('.').to_owned(), message: message.into() });
    }
}

/// As they stand in a schema, under `x-kubernetes-validations`.
pub(crate) fn in_schema(rules: &[Rule]) -> serde_json::Value {
    rules.iter().map(|rule| json!({"rule": rule.cel, "message": rule.message})).collect()
}

/// Adds what breaks the rule `cel` on the value at `path`.
pub(crate) fn check(cel: &str, value: &Value, path: &str, faults: &mut Vec<Fault>) {
    let Some(rule) = all().find(|rule| rule.cel == cel) else { return };
    match rule.twin {
        Twin::Holds(holds) if holds(value) => {}
        Twin::Holds(_) => faults.push(Fault { path: path.to_owned(), message: rule.message.to_owned() }),
        Twin::Tells(tell) => tell(value, &mut Report { path, faults }),
        Twin::OnChange => {}
    }
}

/// Every rule there is.
pub(crate) fn all() -> impl Iterator<Item = Rule> {
    let lists: [&[Rule]; 21] = [
        &SHOP,
        &SPEC,
        &POOLS,
        &POOL_NAME,
        &FLOW_NAMES,
        &SIZE,
        &MIN_MAX,
        &BROKER,
        &CLIENT_TLS,
        &DATABASE,
        &OBJECT_NAME,
        &SECRET_KEY,
        &HOST,
        &HOSTS,
        &PATH,
        &NAMESPACE,
        &IMAGE,
        &RETRY_DELAYS,
        &SCHEDULE,
        &CRON,
        &TIME_ZONE,
    ];
    lists.into_iter().flatten().copied().chain(RETENTION)
}

#[cfg(test)]
mod tests;
