//! The rules between fields, on whatever part of the file has the right shape, so that faults of shape and
//! broken rules are told together. The same as [`crate::cel`].

use crate::fault::{Fault, hint};
use crate::shop::Autoscaling;
use pawnshop_domain::{FlowName, ShopName};
use serde_yaml::Value;
use std::collections::HashMap;

const RESERVED_POOLS: [&str; 5] = ["dispatcher", "fleet", "operator", "worker", "workers"];
const RESERVED_FLOWS: [&str; 4] = ["dead", "dead-letters", "events", "retry"];
const LABEL: &str = "must be made of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\"";

/// Adds every broken rule. `served` are the flows that this program has; `None`: any flow will do.
pub(crate) fn check(shop: &Value, served: Option<&[FlowName]>, faults: &mut Vec<Fault>) {
    let mut faults = Collector(faults);
    check_metadata(&shop["metadata"], &mut faults);
    let Some(pools) = shop["spec"]["pools"].as_sequence() else { return };
    check_pool_names(pools, &mut faults);
    check_flows(pools, served, &mut faults);
    check_workers(pools, &mut faults);
}

fn check_metadata(metadata: &Value, faults: &mut Collector<'_>) {
    if let Some(name) = metadata["name"].as_str()
        && let Err(error) = ShopName::new("default", name)
    {
        faults.add("metadata.name".to_owned(), error.to_string());
    }
    if let Some(namespace) = metadata["namespace"].as_str()
        && let Err(error) = ShopName::new(namespace, "shop")
    {
        faults.add("metadata.namespace".to_owned(), error.to_string());
    }
}

fn check_pool_names(pools: &[Value], faults: &mut Collector<'_>) {
    let mut seen = HashMap::new();
    for (index, pool) in pools.iter().enumerate() {
        let Some(name) = pool["name"].as_str().filter(|name| !name.is_empty()) else { continue };
        let path = format!("spec.pools[{index}].name");
        if name.len() <= 20 && name.parse::<FlowName>().is_err() {
            faults.add(path.clone(), LABEL.to_owned());
        }
        if RESERVED_POOLS.contains(&name) {
            faults.add(path.clone(), format!("\"{name}\" is reserved"));
        }
        if let Some(first) = seen.get(name) {
            faults.add(path, format!("\"{name}\" is also the name of spec.pools[{first}]"));
        } else {
            seen.insert(name, index);
        }
    }
}

fn check_flows(pools: &[Value], served: Option<&[FlowName]>, faults: &mut Collector<'_>) {
    let mut seen: HashMap<&str, String> = HashMap::new();
    for (index, pool) in pools.iter().enumerate() {
        for (flow_index, flow) in pool["flows"].as_sequence().into_iter().flatten().enumerate() {
            let Some(flow) = flow.as_str().filter(|flow| !flow.is_empty()) else { continue };
            let path = format!("spec.pools[{index}].flows[{flow_index}]");
            if RESERVED_FLOWS.contains(&flow) || flow.starts_with("retry-") {
                faults.add(path.clone(), format!("\"{flow}\" is reserved"));
            } else if flow.len() <= 40 && flow.parse::<FlowName>().is_err() {
                faults.add(path.clone(), LABEL.to_owned());
            } else if let Some(served) = served
                && !served.iter().any(|served| served.as_str() == flow)
            {
                let hint = hint(flow, served.iter().map(FlowName::as_str));
                faults.add(path.clone(), format!("no flow \"{flow}\" here; {hint}"));
            }
            if let Some(first) = seen.get(flow) {
                faults.add(path, format!("\"{flow}\" is already at {first}; a flow belongs to one pool"));
            } else {
                seen.insert(flow, path);
            }
        }
    }
}

fn check_workers(pools: &[Value], faults: &mut Collector<'_>) {
    let defaults = Autoscaling::default();
    let mut someone_works = pools.is_empty();
    for (index, pool) in pools.iter().enumerate() {
        let number = |name: &str, default: u32| match &pool["autoscaling"][name] {
            Value::Null => Some(u64::from(default)),
            given => given.as_u64(),
        };
        let (min, max) = (number("min", defaults.min), number("max", defaults.max));
        // A minimum that cannot be read is told as such; it is not also taken for 0.
        someone_works |= min.is_none_or(|min| min >= 1);
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            let given = if pool["autoscaling"]["max"].is_null() { " (the default)" } else { "" };
            faults.add(
                format!("spec.pools[{index}].autoscaling.min"),
                format!("{min} is greater than max, {max}{given}"),
            );
        }
    }
    if !someone_works {
        faults.add(
            "spec.pools".to_owned(),
            "at least one pool must keep a worker (autoscaling.min of 1 or more): workers serve the reads"
                .to_owned(),
        );
    }
}

struct Collector<'a>(&'a mut Vec<Fault>);

impl Collector<'_> {
    fn add(&mut self, path: String, message: String) {
        self.0.push(Fault { path, message });
    }
}
