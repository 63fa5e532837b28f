//! A shop's tree as text.

use super::pods::PodLine;
use super::tree::{DISPATCHER, Fleet, Line, Scaled, Tree};
use crate::age::age;
use crate::terminal::{BAD, DIM, GOOD, Node, PLAIN, STRONG, Text, WARN, lines};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;

/// Which pods are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    PodsInTrouble,
    EveryPod,
}

/// The tree, the conditions, and the verdict as the last line. `width`: where lines are broken.
pub(crate) fn show(tree: &Tree, detail: Detail, width: Option<usize>, now: Timestamp) -> String {
    let mut all = lines(&root(tree, detail, now), width);
    if !tree.conditions.is_empty() {
        all.push(String::new());
        all.extend(tree.conditions.iter().flat_map(|condition| condition_lines(condition, width, now)));
    }
    for unread in &tree.unread {
        all.push(String::new());
        all.extend(Text::new(WARN, "not shown: ").then(PLAIN, unread).lines(width));
    }
    all.push(String::new());
    all.extend(last_line(tree).lines(width));
    all.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn root(tree: &Tree, detail: Detail, now: Timestamp) -> Node {
    let head = Text::new(STRONG, format!("{}/{}", tree.namespace, tree.name));
    let mut children: Vec<_> = tree.fleets.iter().map(|fleet| fleet_node(fleet, detail, now)).collect();
    children.extend(tree.objects.iter().map(line_node));
    if !tree.others.is_empty() {
        let counts = tree.others.iter().map(|(kind, count)| match count {
            1 => format!("1 {kind}"),
            many if kind.ends_with('y') => format!("{many} {}ies", kind.trim_end_matches('y')),
            many => format!("{many} {kind}s"),
        });
        let counts = counts.collect::<Vec<_>>().join(", ");
        children.push(Node::new(Text::new(DIM, counts), Vec::new()));
    }
    Node::new(head.then(DIM, format!("  {}", age(tree.created, now))), children)
}

fn fleet_node(fleet: &Fleet, detail: Detail, now: Timestamp) -> Node {
    let what = if fleet.name == DISPATCHER { "" } else { "pool " };
    let mut text = Text::new(PLAIN, what).then(STRONG, format!("{}  ", fleet.name));
    let mut children = Vec::new();
    text = match &fleet.workload {
        None => text.then(BAD, "not there"),
        Some(workload) => {
            let style = if workload.ready >= workload.wanted { GOOD } else { BAD };
            let text = text.then(style, format!("{} of {} ready", workload.ready, workload.wanted));
            let rolling = workload.updated < workload.wanted;
            children.extend(workload.failures.iter().map(|failure| {
                Node::new(Text::new(BAD, format!("Deployment {}: {failure}", workload.name)), Vec::new())
            }));
            match rolling {
                true => text.then(WARN, format!(", {} of the last revision", workload.updated)),
                false => text,
            }
        }
    };
    text = match (&fleet.backlog, &fleet.backlog_unknown) {
        (Some(events), _) => text.then(PLAIN, format!(", backlog {events}")),
        (None, Some(why)) => text.then(WARN, format!(", backlog unknown ({why})")),
        (None, None) => text,
    };
    if let Some(scaling) = &fleet.scaling {
        text = scaled(text, scaling);
        children.extend(scaling.last_change.iter().map(|change| {
            let ago = format!("last change {} ago: ", age(Some(change.at.0), now));
            Node::new(Text::new(DIM, ago).then(PLAIN, &change.message), Vec::new())
        }));
    }
    if !fleet.flows.is_empty() {
        text = text.then(DIM, format!(" ← {}", fleet.flows.join(", ")));
    }
    let shown = |pod: &&PodLine| detail == Detail::EveryPod || !pod.ready;
    children.extend(fleet.pods.iter().filter(shown).map(|pod| pod_node(pod, now)));
    children.extend(fleet.objects.iter().map(line_node));
    Node::new(text, children)
}

/// Within what a pool is scaled, and by whom.
fn scaled(text: Text, scaling: &Scaled) -> Text {
    let Scaled { backend, min, max, paused, .. } = scaling;
    let text = match backend.as_str() {
        "Fixed" => text,
        backend => text.then(PLAIN, format!(", {min} to {max} by {backend}")),
    };
    if *paused { text.then(WARN, ", paused") } else { text }
}

fn pod_node(pod: &PodLine, now: Timestamp) -> Node {
    let (style, state) = if pod.ready { (GOOD, "ready") } else { (BAD, "not ready") };
    let mut text = Text::new(PLAIN, format!("Pod {}  ", pod.name)).then(style, state);
    text = text.then(DIM, format!("  {}", age(pod.created, now)));
    if let Some(node) = &pod.node {
        text = text.then(DIM, format!(", node {node}"));
    }
    if pod.restarts > 0 {
        text = text.then(WARN, format!(", {} restarts", pod.restarts));
    }
    let trouble = pod.trouble.iter().map(|told| Node::new(Text::new(BAD, told), Vec::new()));
    Node::new(text, trouble.collect())
}

fn line_node(line: &Line) -> Node {
    let text = Text::new(PLAIN, format!("{} {}  ", line.kind, line.name)).then(DIM, &line.says);
    Node::new(text, Vec::new())
}

/// Its name, state and age, and beside them why.
fn condition_lines(condition: &Condition, width: Option<usize>, now: Timestamp) -> Vec<String> {
    let wished = match condition.type_.as_str() {
        "Progressing" | "Degraded" => "False",
        _ => "True",
    };
    let style = match condition.status.as_str() {
        status if status == wished => GOOD,
        "Unknown" => WARN,
        _ if condition.type_ == "Progressing" => WARN,
        _ => BAD,
    };
    let (name, status) = (&condition.type_, &condition.status);
    let age = age(Some(condition.last_transition_time.0), now);
    let head = format!("{name:<19}{style}{status:<8}{style:#}{DIM}{age:<7}{DIM:#}");
    let why = Text::new(PLAIN, format!("{}: {}", condition.reason, condition.message));
    // On a narrow terminal it is no easier to read beside than below.
    let room = width.map(|width| width.saturating_sub(HEAD).max(20));
    let lines = why.lines(room).into_iter().enumerate();
    let beside = |(index, line)| match index {
        0 => format!("{head}{line}"),
        _ => format!("{:HEAD$}{line}", ""),
    };
    lines.map(beside).collect()
}

/// The columns of a condition before its reason.
const HEAD: usize = 34;

fn last_line(tree: &Tree) -> Text {
    let verdict = &tree.verdict;
    match (verdict.ready, verdict.why.as_str()) {
        (true, "") => Text::new(GOOD, format!("{} is ready.", tree.name)),
        (true, why) => {
            Text::new(GOOD, format!("{} is ready", tree.name)).then(WARN, format!(", but degraded: {why}"))
        }
        (false, why) => Text::new(BAD, format!("{} is not ready", tree.name)).then(PLAIN, format!(": {why}")),
    }
}
