//! Idle workers go first (decision K12): which of them are dear is told to whoever removes some.

use super::pods::{DELETION_COST, SeenPod};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// What a busy worker costs; an idle one costs nothing, as a pod without the annotation does.
const BUSY: &str = "100";
const IDLE: &str = "0";

/// How often a pod is written at most.
const EVERY: Duration = Duration::from_secs(30);

/// When each pod was written last.
#[derive(Debug, Default)]
pub(super) struct Marks(HashMap<String, Instant>);

impl Marks {
    /// The pods that must be said to cost something else, and what.
    fn due<'a>(&mut self, pods: &'a [SeenPod], now: Instant) -> Vec<(&'a str, &'static str)> {
        self.0.retain(|name, at| now.duration_since(*at) < EVERY && pods.iter().any(|pod| pod.name == *name));
        let due = pods.iter().filter_map(|pod| {
            let cost = if pod.is_busy() { BUSY } else { IDLE };
            let is_said = pod.deletion_cost.as_deref().unwrap_or(IDLE) == cost;
            (!is_said && !self.0.contains_key(&pod.name)).then_some((pod.name.as_str(), cost))
        });
        due.collect()
    }

    /// Says of these pods, all of one pool, which are dear. One that cannot be written is left at that.
    pub(super) async fn tell(&mut self, client: &Client, namespace: &str, pods: &[SeenPod], now: Instant) {
        let api = Api::<Pod>::namespaced(client.clone(), namespace);
        for (name, cost) in self.due(pods, now) {
            let patch = Patch::Merge(json!({"metadata": {"annotations": {DELETION_COST: cost}}}));
            match api.patch_metadata(name, &PatchParams::default(), &patch).await {
                Ok(_) => {
                    self.0.insert(name.to_owned(), now);
                }
                Err(error) if crate::client::is_not_leading(&error) => return,
                Err(error) => tracing::debug!(%error, pod = name, "its deletion cost could not be written"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::Figures;

    fn pod(name: &str, busy: Option<bool>, cost: Option<&str>) -> SeenPod {
        SeenPod {
            name: name.to_owned(),
            pool: Some("items".to_owned()),
            figures: busy.map(|busy| Figures { busy: Some(busy), ..Figures::default() }),
            deletion_cost: cost.map(str::to_owned),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_changed_is_written_and_each_pod_once_in_a_while() {
        let mut marks = Marks::default();
        let pods = [
            pod("busy", Some(true), None),
            pod("idle", Some(false), None),
            pod("was-busy", Some(false), Some("100")),
            pod("is-busy", Some(true), Some("100")),
            pod("silent", None, None),
        ];
        let due = marks.due(&pods, Instant::now());
        assert_eq!(due, [("busy", "100"), ("was-busy", "0"), ("silent", "100")]);
        marks.0.insert("busy".to_owned(), Instant::now());
        assert_eq!(marks.due(&pods[..1], Instant::now()), []);
        tokio::time::advance(EVERY).await;
        assert_eq!(marks.due(&pods[..1], Instant::now()), [("busy", "100")]);
    }
}
