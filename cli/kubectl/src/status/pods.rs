//! Pods, and why one is not ready: what a waiting container waits for, how it ended last, why it is on no node.

use super::tree::DISPATCHER;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, ContainerStatus, Pod, PodStatus};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use pawnshop_operator::build::labels::POOL;
use serde::Serialize;

/// Of a container's last words as many characters from their end: the end tells why it ended.
const LAST_WORDS: usize = 600;

/// A pod, in a line.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodLine {
    pub(super) name: String,
    pub(super) ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) node: Option<String>,
    pub(super) restarts: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Timestamp>,
    /// Why it is not ready; empty when it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) trouble: Vec<String>,
}

/// The pods of a pool, or of the dispatchers, those that are not ready first.
pub(super) fn of_component(pods: &[Pod], name: &str) -> Vec<PodLine> {
    let is_its = |pod: &&Pod| match pod.labels().get(POOL) {
        Some(pool) => pool == name,
        None => name == DISPATCHER,
    };
    let mut lines: Vec<_> = pods.iter().filter(is_its).map(line).collect();
    lines.sort_by(|a, b| (a.ready, &a.name).cmp(&(b.ready, &b.name)));
    lines
}

fn line(pod: &Pod) -> PodLine {
    let status = pod.status.clone().unwrap_or_default();
    let ready = pod.metadata.deletion_timestamp.is_none() && is(&status, "Ready");
    let containers = status.container_statuses.iter().flatten();
    PodLine {
        name: pod.name_any(),
        ready,
        node: pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        restarts: containers.map(|container| container.restart_count).sum(),
        created: pod.metadata.creation_timestamp.as_ref().map(|time| time.0),
        trouble: if ready { Vec::new() } else { trouble(pod, &status) },
    }
}

fn is(status: &PodStatus, condition: &str) -> bool {
    let mut conditions = status.conditions.iter().flatten();
    conditions.any(|found| found.type_ == condition && found.status == "True")
}

fn trouble(pod: &Pod, status: &PodStatus) -> Vec<String> {
    let mut told = Vec::new();
    if pod.metadata.deletion_timestamp.is_some() {
        told.push("it is ending".to_owned());
    }
    if let Some(reason) = &status.reason {
        told.push(with(reason, status.message.as_deref()));
    }
    let unscheduled = status.conditions.iter().flatten();
    let unscheduled = unscheduled.filter(|found| found.type_ == "PodScheduled" && found.status == "False");
    told.extend(
        unscheduled
            .map(|found| with(found.reason.as_deref().unwrap_or("not scheduled"), found.message.as_deref())),
    );
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    told.extend(containers.flat_map(of_container));
    if told.is_empty() {
        told.push(match status.phase.as_deref() {
            Some("Pending") | None if pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_none()) => {
                "no node has been found for it yet".to_owned()
            }
            Some(phase) => format!("{phase}, not ready"),
            None => "not ready".to_owned(),
        });
    }
    told
}

fn of_container(container: &ContainerStatus) -> Vec<String> {
    let name = &container.name;
    let mut told = Vec::new();
    match &container.state {
        Some(ContainerState { waiting: Some(waiting), .. }) => {
            let reason = waiting.reason.as_deref().unwrap_or("waiting");
            told.push(format!("{name}: {}", with(reason, waiting.message.as_deref())));
        }
        Some(ContainerState { terminated: Some(ended), .. }) if ended.exit_code != 0 => {
            told.push(format!("{name}: {}", how(ended)));
        }
        Some(ContainerState { running: Some(_), .. }) if !container.ready => {
            told.push(format!("{name}: runs, but its readiness probe fails (its log and /readyz tell why)"));
        }
        _ => {}
    }
    let before = container.last_state.as_ref().and_then(|state| state.terminated.as_ref());
    if let (Some(ended), false) = (before, container.ready) {
        told.push(format!("{name}: before, {}", how(ended)));
    }
    told
}

fn how(ended: &ContainerStateTerminated) -> String {
    let reason = ended.reason.as_deref().unwrap_or("Error");
    let words = ended.message.as_deref().map(last_words).filter(|words| !words.is_empty());
    let status = format!("it ended with status {} ({reason})", ended.exit_code);
    words.map_or(status.clone(), |words| format!("{status}: {words}"))
}

fn last_words(message: &str) -> String {
    let message = message.trim();
    match message.char_indices().rev().nth(LAST_WORDS - 1) {
        Some((start, _)) if start > 0 => format!("…{}", message.get(start..).unwrap_or_default()),
        _ => message.to_owned(),
    }
}

fn with(reason: &str, message: Option<&str>) -> String {
    match message.map(str::trim) {
        Some(message) if !message.is_empty() => format!("{reason}: {message}"),
        _ => reason.to_owned(),
    }
}
