//! The report as text.

use super::autoscaler::Autoscaler;
use super::inputs::{Inputs, Source};
use super::report::{Report, Said};
use crate::age::age;
use crate::terminal::{BAD, DIM, GOOD, PLAIN, STRONG, Text, WARN};
use anstyle::Style;
use k8s_openapi::jiff::Timestamp;
use pawnshop_cli::terminal::table;
use pawnshop_operator::scaling::backend::Backend;
use pawnshop_operator::scaling::regime::PAUSED;
use pawnshop_resource::ScaleChange;

/// What the rule says first, what it is from below, and what it led to at last. `width`: where sentences are broken.
pub(crate) fn show(report: &Report, width: Option<usize>, now: Timestamp) -> String {
    let mut parts = vec![head(report).lines(width)];
    if let Some(said) = &report.rule {
        parts.push(rule(said, width));
    }
    if let Some(inputs) = &report.inputs {
        parts.push(vec![table(&["input", "value", "from"], input_rows(inputs, now))]);
    }
    if let Some(told) = &report.autoscaler {
        parts.push(autoscaler(told, width, now));
    }
    if let Some(told) = &report.scaling_active {
        let style = if told.status == "True" { GOOD } else { WARN };
        let since = age(Some(told.last_transition_time.0), now);
        let text = Text::new(PLAIN, "ScalingActive of the shop: ")
            .then(style, &told.status)
            .then(PLAIN, format!(" for {since}, {}: {}", told.reason, told.message));
        parts.push(text.lines(width));
    }
    parts.push(changes(&report.changes, now));
    parts.extend(
        report.unread.iter().map(|unread| Text::new(WARN, "not shown: ").then(PLAIN, unread).lines(width)),
    );
    let parts: Vec<_> = parts.iter().map(|lines| trimmed(lines)).collect();
    parts.join("\n\n")
}

fn trimmed(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn head(report: &Report) -> Text {
    let workers = report.workers;
    let style = if workers.ready >= workers.wanted { GOOD } else { BAD };
    Text::new(STRONG, format!("{}/{}", report.namespace, report.shop))
        .then(PLAIN, " pool ")
        .then(STRONG, format!("{}  ", report.pool))
        .then(style, format!("{} of {} ready", workers.ready, workers.wanted))
        .then(PLAIN, format!(", {}", by(&report.backend)))
}

/// Who scales, in words.
fn by(backend: &str) -> String {
    let words = match backend {
        name if name == Backend::ExternalMetrics.name() => {
            "a HorizontalPodAutoscaler by the operator's metric, and the operator between 0 and 1"
        }
        name if name == Backend::Keda.name() => "KEDA, by what the operator tells it",
        name if name == Backend::Builtin.name() => "the operator itself",
        "Fixed" => return "as the resource says: it has `replicas`, and follows no backlog".to_owned(),
        _ => return "scaled by nobody yet".to_owned(),
    };
    format!("scaled by {words} ({backend})")
}

fn rule(said: &Said, width: Option<usize>) -> Vec<String> {
    let style = if said.from == said.to { PLAIN } else { WARN };
    let mut lines = beside("the rule says now", style, &said.says, width);
    for held in &said.held {
        lines.extend(beside("what holds it", PLAIN, held, width));
    }
    lines.extend(beside("what would change it", PLAIN, &said.would_change, width));
    lines
}

/// The columns of a sentence's heading.
const HEAD: usize = 23;

/// A sentence beside its heading.
fn beside(head: &str, style: Style, sentence: &str, width: Option<usize>) -> Vec<String> {
    let room = width.map(|width| width.saturating_sub(HEAD).max(20));
    let lines = Text::new(style, sentence).lines(room).into_iter().enumerate();
    let padded = |(index, line)| match index {
        0 => format!("{DIM}{head:<HEAD$}{DIM:#}{line}"),
        _ => format!("{:HEAD$}{line}", ""),
    };
    lines.map(padded).collect()
}

fn input_rows(inputs: &Inputs, now: Timestamp) -> Vec<Vec<String>> {
    let backlog = match (inputs.backlog, &inputs.backlog_unknown) {
        (Some(events), _) => format!("{events} events"),
        (None, Some(why)) => format!("unknown: {why}"),
        (None, None) => "unknown".to_owned(),
    };
    let from = match (inputs.backlog_from, inputs.measured) {
        (Source::Metric, Some(at)) => format!("the operator's metric, measured {} ago", age(Some(at), now)),
        (Source::Metric, None) => "the operator's metric".to_owned(),
        (Source::Status, _) => "the shop's status, rounded, up to a minute old".to_owned(),
    };
    let busy = match inputs.busy {
        0 => "none".to_owned(),
        busy => busy.to_string(),
    };
    let limits = match inputs.otherwise {
        Some((min, max)) => format!("a schedule; without it {min} to {max}"),
        None => "the pool".to_owned(),
    };
    let surge = inputs.surge.map_or_else(
        || "as many as are asked for".to_owned(),
        |surge| format!("at most {} more in {}s", surge.workers, surge.seconds),
    );
    let schedule =
        inputs.next_schedule.map(|at| format!("the next begins or ends in {}", age(Some(now), at)));
    let paused = if inputs.paused { format!("yes, by the annotation {PAUSED}") } else { "no".to_owned() };
    let row = |name: &str, value: String, from: &str| vec![name.to_owned(), value, from.to_owned()];
    let mut rows = vec![
        row("backlog", backlog, &from),
        row("busy workers", busy, "the shop's status"),
        row("target", format!("{} events per worker", inputs.backlog_per_worker), "the pool"),
        row("limits", format!("{} to {}", inputs.min, inputs.max), &limits),
        row("growth", surge, "the pool"),
        row(
            "stabilisation",
            format!("{}s before workers are removed", inputs.stabilization_seconds),
            "the pool",
        ),
    ];
    rows.extend(schedule.map(|schedule| row("schedules", schedule, "the pool")));
    rows.push(row("paused", paused, "the shop"));
    rows
}

fn autoscaler(told: &Autoscaler, width: Option<usize>, now: Timestamp) -> Vec<String> {
    let last = match told.last_scale {
        Some(at) => format!(", scaled last {} ago", age(Some(at), now)),
        None => ", has not scaled yet".to_owned(),
    };
    let head = Text::new(PLAIN, "HorizontalPodAutoscaler ").then(STRONG, &told.name).then(
        PLAIN,
        format!("  {} to {}, now {}, wants {}{last}", told.min, told.max, told.current, told.desired),
    );
    let mut lines = head.lines(width);
    for condition in &told.conditions {
        let head = format!("  {:<14} {}", condition.kind, condition.status);
        let why = format!("{}: {}", condition.reason, condition.message);
        lines.extend(beside(&head, PLAIN, &why, width));
    }
    lines
}

fn changes(changes: &[ScaleChange], now: Timestamp) -> Vec<String> {
    if changes.is_empty() {
        return vec!["no change of its number of workers is on record".to_owned()];
    }
    let row = |change: &ScaleChange| {
        let ScaleChange { at, from, to, reason, message } = change;
        vec![
            age(Some(at.0), now),
            format!("{from} -> {to}"),
            reason.clone(),
            figures(message, reason).to_owned(),
        ]
    };
    vec![table(&["changed", "workers", "reason", "why"], changes.iter().map(row))]
}

/// A message without what stands in the columns before it.
fn figures<'a>(message: &'a str, reason: &str) -> &'a str {
    match message.split_once(&format!(" {reason}: ")) {
        Some((_, figures)) => figures,
        None => message,
    }
}
