//! What keeps a pool from having what the rule says at once.

use super::autoscaler::Autoscaler;
use super::inputs::Inputs;
use crate::age::age;
use k8s_openapi::jiff::Timestamp;
use pawnshop_operator::scaling::backend::Backend;
use pawnshop_resource::ScaleChange;
use pawnshop_scaling::{Decision, Reason};

/// The reason of an autoscaler that holds a higher count of its window.
const STABILISED: &str = "ScaleDownStabilized";

/// How far an autoscaler lets a metric be from its target before it does anything, in hundredths: Kubernetes' default
/// (`--horizontal-pod-autoscaler-tolerance`).
const TOLERANCE_PERCENT: u64 = 10;

/// What a pool is held by, a sentence each without a full stop; nothing where the rule changes nothing.
pub(super) fn held(
    decision: &Decision,
    inputs: &Inputs,
    backend: &str,
    autoscaler: Option<&Autoscaler>,
    newest: Option<&ScaleChange>,
    now: Timestamp,
) -> Vec<String> {
    let mut held = Vec::new();
    // At 0 it rests, as it should: what is between 0 and 1 is not its affair.
    if decision.from > 0
        && let Some(told) = autoscaler.and_then(|autoscaler| autoscaler.at("ScalingActive", "False"))
    {
        held.push(format!("its HorizontalPodAutoscaler does nothing: {}: {}", told.reason, told.message));
    }
    if !decision.changes() || inputs.paused {
        return held;
    }
    if ![Backend::ExternalMetrics, Backend::Keda, Backend::Builtin].map(Backend::name).contains(&backend) {
        held.push("nobody scales it: see the condition ScalingActive".to_owned());
        return held;
    }
    // What is above the maximum goes at once.
    if decision.to < decision.from && decision.why != Reason::AtMaximum {
        held.push(window(decision, inputs, newest, now));
        let stabilised = autoscaler.and_then(|autoscaler| autoscaler.at("AbleToScale", "True"));
        held.extend(
            stabilised
                .filter(|told| told.reason == STABILISED)
                .map(|told| format!("its HorizontalPodAutoscaler: {}: {}", told.reason, told.message)),
        );
    }
    if autoscaler.is_some() && is_tolerated(decision, inputs) {
        held.push(format!(
            "a HorizontalPodAutoscaler leaves alone what is within {TOLERANCE_PERCENT} % of the target"
        ));
    }
    held
}

fn window(decision: &Decision, inputs: &Inputs, newest: Option<&ScaleChange>, now: Timestamp) -> String {
    let seconds = inputs.stabilization_seconds;
    let rule = match decision.to {
        0 => format!(
            "the last worker is removed only when for {seconds} s nothing waited, was in flight, was handled or was to \
             be retried; what is to be retried is not told here"
        ),
        _ => format!("workers are removed only when fewer would have done for {seconds} s"),
    };
    match newest {
        Some(change) => {
            format!("{rule}; the last change, to {}, was {} ago", change.to, age(Some(change.at.0), now))
        }
        None => rule,
    }
}

/// Whether what there is to do is so close to what the workers stand for that an autoscaler lets it be.
fn is_tolerated(decision: &Decision, inputs: &Inputs) -> bool {
    let Some(backlog) = inputs.backlog else { return false };
    let per = u64::from(inputs.backlog_per_worker);
    let stands_for = u64::from(decision.from).saturating_mul(per);
    let asked = backlog.max(u64::from(inputs.busy).saturating_mul(per));
    let is_within_bounds = (inputs.min.max(1)..=inputs.max).contains(&decision.from);
    is_within_bounds && asked.abs_diff(stands_for).saturating_mul(100) <= stands_for * TOLERANCE_PERCENT
}
