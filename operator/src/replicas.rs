//! The one write of a number of pods: through the scale subresource (decision K3), on the version that was looked at.

use crate::apply::MANAGER;
use k8s_openapi::api::autoscaling::v1::{Scale, ScaleSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, PostParams};
use serde::de::DeserializeOwned;

/// Sets the number of an object's pods, if it still is the version that `seen` tells.
///
/// # Errors
/// A conflict where somebody wrote in between, who wins; else when it could not be written.
pub(crate) async fn set<K: Clone + DeserializeOwned>(
    api: &Api<K>,
    seen: &ObjectMeta,
    replicas: i32,
) -> Result<(), kube::Error> {
    let name = seen.name.clone().unwrap_or_default();
    let scale = Scale {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: seen.namespace.clone(),
            resource_version: seen.resource_version.clone(),
            ..ObjectMeta::default()
        },
        spec: Some(ScaleSpec { replicas: Some(replicas) }),
        status: None,
    };
    let parameters = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    api.replace_scale(&name, &parameters, &scale).await.map(drop)
}
