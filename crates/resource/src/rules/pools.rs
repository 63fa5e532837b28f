use super::names::texts;
use super::size::number;
use super::{Report, Rule, Twin};
use crate::Autoscaling;
use serde_yaml::Value;
use std::collections::HashMap;

/// On the list of pools.
pub(crate) const POOLS: [Rule; 2] = [
    Rule {
        cel: "size(self) == 0 || self.exists(p, has(p.replicas) ? p.replicas >= 1 : !has(p.autoscaling) || \
              (p.autoscaling.min >= 1 && (!has(p.autoscaling.schedules) || p.autoscaling.schedules.all(s, \
              !has(s.min) || s.min >= 1))))",
        message: "at least one pool must keep a worker (replicas or autoscaling.min of 1 or more, at every time): \
                  workers serve the reads",
        twin: Twin::Holds(|pools| {
            pools.as_sequence().is_none_or(|pools| pools.is_empty() || pools.iter().any(keeps_a_worker))
        }),
    },
    Rule {
        cel: "self.all(p, self.all(q, p.name == q.name || !sets.intersects(p.flows, q.flows)))",
        message: "a flow belongs to at most one pool; take it out of the others",
        twin: Twin::Tells(tell_shared_flows),
    },
];

/// A number that cannot be read is told as such; it is not also taken for 0.
fn keeps_a_worker(pool: &Value) -> bool {
    let autoscaling = &pool["autoscaling"];
    let least = match &pool["replicas"] {
        Value::Null => number(&autoscaling["min"], Autoscaling::default().min),
        replicas => return replicas.as_u64().is_none_or(|replicas| replicas >= 1),
    };
    let mut schedules = autoscaling["schedules"].as_sequence().into_iter().flatten();
    least.is_none_or(|least| least >= 1) && schedules.all(|schedule| schedule["min"].as_u64() != Some(0))
}

fn tell_shared_flows(pools: &Value, report: &mut Report<'_>) {
    let mut seen: HashMap<&str, (usize, String)> = HashMap::new();
    for (index, pool) in pools.as_sequence().into_iter().flatten().enumerate() {
        for (place, flow) in texts(&pool["flows"]) {
            let at = format!("[{index}].flows[{place}]");
            match seen.get(flow) {
                // Twice in one pool is the list's own fault.
                Some((first, _)) if *first == index => {}
                Some((_, first)) => {
                    let message = format!(
                        "\"{flow}\" is already at {}{first}; a flow belongs to one pool",
                        report.path
                    );
                    report.add(&at, message);
                }
                None => {
                    seen.insert(flow, (index, at));
                }
            }
        }
    }
}
