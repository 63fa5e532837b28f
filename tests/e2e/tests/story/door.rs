//! The way to a shop's API: its dispatcher's Service.

use http::{Method, Request};
use http_body_util::BodyExt;
use k8s_openapi::api::core::v1::Service;
use kube::Client;
use kube::api::Api;
use kube::client::Body;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

const DEADLINE: Duration = Duration::from_secs(10);

/// How Services of the cluster are reached.
#[derive(Clone)]
pub(crate) enum Way {
    /// By their addresses, which this machine has a route to: kube-proxy chooses the pod.
    Direct,
    /// Through the API server, which chooses the pod.
    ThroughTheApiServer(Client),
}

/// A shop's API.
#[derive(Clone)]
pub(crate) struct Door(Route);

#[derive(Clone)]
enum Route {
    Direct { http: reqwest::Client, url: String },
    Proxied { client: Client, path: String },
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Door {
    /// The API behind this Service, which listens on port 80.
    pub(crate) async fn of(way: &Way, client: &Client, namespace: &str, service: &str) -> Self {
        // A connection for each request: one that is kept can end just as a request is on it.
        Self::keeping(0, way, client, namespace, service).await
    }

    /// The same, with connections that are kept: for whoever asks again where there was no answer.
    pub(crate) async fn kept_open(way: &Way, client: &Client, namespace: &str, service: &str) -> Self {
        Self::keeping(usize::MAX, way, client, namespace, service).await
    }

    /// Its URL, where it has one.
    pub(crate) fn url(&self) -> Option<&str> {
        match &self.0 {
            Route::Direct { url, .. } => Some(url),
            Route::Proxied { .. } => None,
        }
    }

    async fn keeping(idle: usize, way: &Way, client: &Client, namespace: &str, service: &str) -> Self {
        Self(match way {
            Way::Direct => {
                let services = Api::<Service>::namespaced(client.clone(), namespace);
                let address = services.get(service).await.unwrap().spec.unwrap().cluster_ip.unwrap();
                let http =
                    reqwest::Client::builder().pool_max_idle_per_host(idle).timeout(DEADLINE).no_proxy();
                Route::Direct { http: http.build().unwrap(), url: format!("http://{address}") }
            }
            Way::ThroughTheApiServer(client) => {
                let path = format!("/api/v1/namespaces/{namespace}/services/{service}:80/proxy");
                Route::Proxied { client: client.clone(), path }
            }
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, String> {
        self.call(Method::GET, path, &[], None).await
    }

    /// Writes; what is written again under the same key takes effect once.
    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Answer, String> {
        self.call(Method::POST, path, &[("idempotency-key", key)], Some(body)).await
    }

    /// The same, answered once it is in effect.
    pub(crate) async fn post_and_wait(&self, path: &str, body: &Value) -> Result<Answer, String> {
        self.call(Method::POST, path, &[("prefer", "wait=5")], Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let (status, text) = match &self.0 {
            Route::Direct { http, url } => {
                let mut request = http.request(method, format!("{url}{path}"));
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let request = request.header("content-type", "application/json").body(body);
                let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
                (answer.status().as_u16(), answer.text().await.map_err(|error| format!("{error:?}"))?)
            }
            Route::Proxied { client, path: proxied } => {
                let mut request = Request::builder().method(method).uri(format!("{proxied}{path}"));
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let request = request.header("content-type", "application/json");
                let request = request.body(Body::from(body.into_bytes())).unwrap();
                let answer =
                    timeout(DEADLINE, client.send(request)).await.map_err(|_| "no answer in time")?;
                let answer = answer.map_err(|error| error.to_string())?;
                let status = answer.status().as_u16();
                let body = answer.into_body().collect().await.map_err(|error| error.to_string())?;
                (status, String::from_utf8_lossy(&body.to_bytes()).into_owned())
            }
        };
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }
}
