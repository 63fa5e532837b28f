//! The rules that the API server checks, in its own language; [`crate::rules`] says the same in Rust, and a
//! test holds the two together.

use serde_json::{Value, json};

/// A rule and what is said to whoever breaks it.
pub(crate) type Rule = (&'static str, &'static str);

/// On the whole object: only there are names visible.
pub(crate) const SHOP: [Rule; 1] = [(
    "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$')",
    "a shop's name is 1 to 30 characters of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\"",
)];

/// On the list of pools.
pub(crate) const POOLS: [Rule; 2] = [
    (
        "size(self) == 0 || self.exists(p, p.autoscaling.min >= 1)",
        "at least one pool must keep a worker (autoscaling.min of 1 or more): workers serve the reads",
    ),
    (
        "self.all(p, self.all(q, p.name == q.name || !sets.intersects(p.flows, q.flows)))",
        "a flow belongs to at most one pool",
    ),
];

/// On a pool's name.
pub(crate) const POOL_NAME: [Rule; 2] = [
    (
        "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        "a pool's name is made of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\"",
    ),
    ("!(self in ['dispatcher', 'fleet', 'operator', 'worker', 'workers'])", "this pool name is reserved"),
];

/// On a pool's list of flows.
pub(crate) const FLOW_NAMES: [Rule; 2] = [
    (
        "self.all(f, f.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$'))",
        "a flow's name is made of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\"",
    ),
    (
        "!self.exists(f, f in ['dead', 'dead-letters', 'events', 'retry'] || f.startsWith('retry-'))",
        "this flow name is reserved",
    ),
];

/// On a pool's autoscaling.
pub(crate) const AUTOSCALING: [Rule; 1] = [("self.min <= self.max", "min must not be greater than max")];

/// As they stand in a schema, under `x-kubernetes-validations`.
pub(crate) fn rules(rules: &[Rule]) -> Value {
    rules.iter().map(|(rule, message)| json!({"rule": rule, "message": message})).collect()
}
