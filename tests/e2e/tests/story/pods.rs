//! The pods of a shop, and its Deployments.

use crate::kube_api::{Kube, eventually};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use std::collections::BTreeSet;

impl Kube {
    pub(crate) fn pods(&self, namespace: &str) -> Api<Pod> {
        Api::namespaced(self.client.clone(), namespace)
    }

    pub(crate) fn deployments(&self, namespace: &str) -> Api<Deployment> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// The pods that a selector finds, those that end included.
    pub(crate) async fn pods_of(&self, namespace: &str, selector: &str) -> Vec<Pod> {
        self.pods(namespace).list(&ListParams::default().labels(selector)).await.unwrap().items
    }

    /// Waits until the pods that a selector finds are all others than these, and no Deployment has any to replace.
    pub(crate) async fn replaced(&self, namespace: &str, selector: &str, old: &BTreeSet<String>) {
        eventually(&format!("every pod of {selector} was replaced"), async || {
            let now = self.pods_of(namespace, selector).await;
            let deployments = self.deployments(namespace).list(&ListParams::default().labels(selector)).await;
            now.iter().all(|pod| !old.contains(&pod.uid().unwrap()))
                && deployments.unwrap().items.iter().all(is_complete)
        })
        .await;
    }
}

/// Whether a Deployment has as many pods as it wants, all of its last template, all ready.
pub(crate) fn is_complete(deployment: &Deployment) -> bool {
    let (Some(spec), Some(status)) = (&deployment.spec, &deployment.status) else { return false };
    let wanted = spec.replicas.unwrap_or(1);
    status.observed_generation == deployment.metadata.generation
        && status.updated_replicas.unwrap_or(0) == wanted
        && status.replicas.unwrap_or(0) == wanted
        && status.ready_replicas.unwrap_or(0) == wanted
}

/// Their identities, which no two pods ever share.
pub(crate) fn identities(pods: &[Pod]) -> BTreeSet<String> {
    pods.iter().filter_map(ResourceExt::uid).collect()
}
