//! What the cluster has beside plain Kubernetes, asked again and again: CRDs come and go.

use crate::capabilities::Capabilities;
use kube::Client;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// The longest pause after it did not answer.
const AFTER_ERROR: Duration = Duration::from_secs(5);

/// Keeps `known` as the cluster is, for ever, asking it so often. An error changes nothing (decision K5). `first` is called once
/// something is known.
pub async fn discover(
    client: Client,
    every: Duration,
    known: watch::Sender<Capabilities>,
    first: impl FnOnce() + Send,
) {
    let mut first = Some(first);
    loop {
        match capabilities(&client).await {
            Ok(found) => {
                let is_new = known.send_if_modified(|known| std::mem::replace(known, found) != found);
                if is_new {
                    tracing::info!(?found, "discovered");
                }
                if let Some(first) = first.take() {
                    first();
                }
                sleep(every).await;
            }
            Err(error) => {
                tracing::warn!(%error, "what the cluster has cannot be discovered; trying again");
                sleep(AFTER_ERROR.min(every)).await;
            }
        }
    }
}

async fn capabilities(client: &Client) -> Result<Capabilities, kube::Error> {
    Ok(Capabilities {
        service_monitor: has(client, "monitoring.coreos.com/v1", "ServiceMonitor").await?,
        http_route: has(client, "gateway.networking.k8s.io/v1", "HTTPRoute").await?,
        rabbitmq_cluster: has(client, "rabbitmq.com/v1beta1", "RabbitmqCluster").await?,
        keda: Some(has(client, "keda.sh/v1alpha1", "ScaledObject").await?),
    })
}

async fn has(client: &Client, version: &str, kind: &str) -> Result<bool, kube::Error> {
    match client.list_api_group_resources(version).await {
        Ok(list) => Ok(list.resources.iter().any(|resource| resource.kind == kind)),
        Err(kube::Error::Api(status)) if status.is_not_found() || status.code == 404 => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Request, Response, StatusCode};
    use kube::client::Body;
    use serde_json::json;

    /// A cluster with these answers to discovery, by group and version.
    fn cluster(answer: fn(&str) -> Option<serde_json::Value>) -> Client {
        let service = tower::service_fn(move |request: Request<Body>| {
            let path = request.uri().path().trim_start_matches("/apis/").to_owned();
            let mut response = match answer(&path) {
                Some(resources) => Response::new(Body::from(
                    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": path, "resources": resources})
                        .to_string()
                        .into_bytes(),
                )),
                None => Response::new(Body::from(b"404 page not found\n".to_vec())),
            };
            if answer(&path).is_none() {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            async move { Ok::<_, tower::BoxError>(response) }
        });
        Client::new(service, "default")
    }

    #[tokio::test]
    async fn a_kind_counts_where_its_own_version_lists_it() {
        let client = cluster(|version| match version {
            "monitoring.coreos.com/v1" => Some(json!([
                {"name": "servicemonitors", "singularName": "", "namespaced": true, "kind": "ServiceMonitor", "verbs": ["get"]},
            ])),
            // The group without the kind.
            "gateway.networking.k8s.io/v1" => Some(json!([])),
            _ => None,
        });
        let found = capabilities(&client).await.unwrap();
        let expected = Capabilities { service_monitor: true, keda: Some(false), ..Capabilities::default() };
        assert_eq!(found, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_changes_nothing_of_what_is_known() {
        let failing = tower::service_fn(|_: Request<Body>| async {
            Err::<Response<Body>, tower::BoxError>("no route to the API server".into())
        });
        let before = Capabilities { service_monitor: true, ..Capabilities::default() };
        let (known, told) = watch::channel(before);
        let every = Duration::from_secs(60);
        let client = Client::new(failing, "default");
        let discovering = discover(client, every, known, || panic!("nothing is known"));
        assert!(tokio::time::timeout(every * 3, discovering).await.is_err());
        assert_eq!(*told.borrow(), before);
    }
}
