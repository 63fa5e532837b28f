//! The write that scales: through the scale subresource alone (decision K3).

use k8s_openapi::api::apps::v1::Deployment;
use kube::Client;
use kube::api::{Api, PostParams};

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
    let mut scale = api.get_scale(deployment).await?;
    let now = scale.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or_default();
    let spec = scale.spec.get_or_insert_default();
    if i64::from(now) != i64::from(from) {
        return Ok(false);
    }
    spec.replicas = i32::try_from(to).ok();
    let parameters =
        PostParams { field_manager: Some(crate::apply::MANAGER.to_owned()), ..PostParams::default() };
    match api.replace_scale(deployment, &parameters, &scale).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.is_conflict() => Ok(false),
        Err(error) => Err(error),
    }
}
