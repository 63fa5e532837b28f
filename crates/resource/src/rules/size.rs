use super::{Report, Rule, Twin};
use crate::Autoscaling;
use serde_yaml::Value;

/// On a dispatcher and on a pool.
pub(crate) const SIZE: [Rule; 1] = [Rule {
    cel: "!(has(self.replicas) && has(self.autoscaling))",
    message: "give replicas (a fixed number) or autoscaling, not both",
    twin: Twin::Holds(|sized| sized.get("replicas").is_none() || sized.get("autoscaling").is_none()),
}];

/// On whatever has a fewest and a most.
pub(crate) const MIN_MAX: [Rule; 1] = [Rule {
    cel: "self.min <= self.max",
    message: "min must not be greater than max",
    twin: Twin::Tells(tell_inverted_bounds),
}];

/// The defaults are those of [`Autoscaling`], and the same for dispatchers.
fn tell_inverted_bounds(autoscaling: &Value, report: &mut Report<'_>) {
    let defaults = Autoscaling::default();
    let bounds = (number(&autoscaling["min"], defaults.min), number(&autoscaling["max"], defaults.max));
    if let (Some(min), Some(max)) = bounds
        && min > max
    {
        let given = if autoscaling["max"].is_null() { " (the default)" } else { "" };
        report.add(".min", format!("{min} is greater than max, {max}{given}"));
    }
}

/// A number that may have a default; `None` for what is no such number.
pub(super) fn number(value: &Value, default: u32) -> Option<u64> {
    match value {
        Value::Null => Some(u64::from(default)),
        given => given.as_u64(),
    }
}
