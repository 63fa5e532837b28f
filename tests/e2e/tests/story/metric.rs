//! What the operator serves to HorizontalPodAutoscalers, asked for as they do: through the API server.

use crate::stage::{SHOPS, Stage};
use serde_json::Value;

/// The events that a pool is scaled by; `None`: they are not known.
pub(crate) async fn backlog(stage: &Stage, shop: &str, pool: &str) -> Result<Option<u64>, kube::Error> {
    let path = format!(
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/{SHOPS}/pawnshop_backlog?labelSelector=pawnshop.dev%2Fshop%3D{shop}%2Cpawnshop.dev%2Fpool%3D{pool}"
    );
    let request = http::Request::get(path).body(Vec::new()).unwrap();
    let answer = stage.kube.client.request::<Value>(request).await?;
    Ok(answer["items"][0]["value"].as_str().and_then(|value| value.parse().ok()))
}
