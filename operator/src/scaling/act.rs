//! Scales what still is as it was when that was decided.

use crate::replicas;
use k8s_openapi::api::apps::v1::Deployment;
use kube::Client;
use kube::api::Api;

/// Sets the number of a Deployment's pods, if it still is `from`: whoever writes in between wins. Whether it was set.
///
/// # Errors
/// When it could not be read or written.
pub(super) async fn scale(
    client: &Client,
    namespace: &str,
    deployment: &str,
    from: u32,
    to: u32,
) -> Result<bool, kube::Error> {
    let api = Api::<Deployment>::namespaced(client.clone(), namespace);
    let scale = api.get_scale(deployment).await?;
    let now = scale.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or_default();
    let (Ok(from), Ok(to)) = (i32::try_from(from), i32::try_from(to)) else { return Ok(false) };
    if now != from {
        return Ok(false);
    }
    match replicas::set(&api, &scale.metadata, to).await {
        Ok(()) => Ok(true),
        Err(kube::Error::Api(status)) if status.is_conflict() => Ok(false),
        Err(error) => Err(error),
    }
}
