//! The routes. Discovery is open to anybody who reaches the listener: it is the same for all, and whatever stood between
//! could break discovery in the whole cluster, which ends with namespaces that cannot be deleted. A value is for callers
//! whom the API server let through and who have the right.

#[cfg(test)]
mod tests;

use super::authorize::{Authorizer, Question, Verdict};
use super::documents::{self, GROUP, METRIC};
use super::listener::Peer;
use super::trust::{Caller, Distrust, FrontProxy};
use super::{open_api, selector};
use crate::scaling::board::Board;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use kube::core::SelectorExt;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::watch;

/// What is answered from.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) board: Arc<Board>,
    pub(super) front_proxy: watch::Receiver<Option<Arc<FrontProxy>>>,
    pub(super) authorizer: Arc<Authorizer>,
}

/// Every path that is answered.
pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/healthz", get("ok"))
        .route("/apis", get(Json(documents::groups())))
        .route("/apis/external.metrics.k8s.io", get(Json(documents::group())))
        .route("/apis/external.metrics.k8s.io/v1beta1", get(Json(documents::resources())))
        .route("/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/{metric}", get(values))
        .route("/openapi/v2", get(Json(open_api::v2())))
        .route("/openapi/v3", get(Json(open_api::v3_paths())))
        .route(open_api::V3_PATH, get(Json(open_api::v3())))
        .fallback(async |uri: Uri| Refusal::no_path(&uri))
        .method_not_allowed_fallback(async || Refusal::only_get())
        .with_state(shared)
}

/// What else a request says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    #[serde(default)]
    label_selector: String,
    watch: Option<String>,
}

async fn values(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path((namespace, metric)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let caller = identify(&shared, &peer, &headers).map_err(|distrust| Refusal::unknown(&distrust))?;
    let question = Question { caller, namespace, resource: metric };
    match shared.authorizer.judge(question.clone()).await {
        Ok(Verdict::Allowed) => {}
        Ok(Verdict::Denied(reason)) => return Err(Refusal::no_right(&question, &reason)),
        Err(error) => return Err(Refusal::not_judged(&error.to_string())),
    }
    let Question { namespace, resource: metric, .. } = question;
    if metric != METRIC {
        return Err(Refusal::no_metric(&metric));
    }
    if parameters.watch.is_some_and(|watch| watch != "false" && watch != "0") {
        return Err(Refusal::only_get());
    }
    let selector = selector::parse(&parameters.label_selector)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, "BadRequest", error.to_string()))?;
    let mut pools = shared.board.list(&namespace, None);
    pools.retain(|(pool, _)| selector.matches(&documents::labels(pool)));
    Ok(Json(documents::values(&pools)))
}

fn identify(shared: &Shared, peer: &Peer, headers: &HeaderMap) -> Result<Caller, Distrust> {
    let front_proxy = shared.front_proxy.borrow().clone().ok_or(Distrust::NothingKnown)?;
    front_proxy.identify(&peer.certificates, headers)
}

/// A `Status` in the place of what was asked for.
#[derive(Debug)]
struct Refusal {
    code: StatusCode,
    reason: &'static str,
    message: String,
}

impl Refusal {
    fn new(code: StatusCode, reason: &'static str, message: String) -> Self {
        Self { code, reason, message }
    }

    fn unknown(distrust: &Distrust) -> Self {
        tracing::debug!(%distrust, "a request is not let in");
        let message = format!("who asks is not known: {distrust}; ask the API server, which asks here");
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", message)
    }

    fn no_right(question: &Question, reason: &str) -> Self {
        let Question { caller, namespace, resource } = question;
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let message = format!(
            "{resource}.{GROUP} is forbidden: User {:?} cannot list resource {resource:?} in API group {GROUP:?} in the namespace {namespace:?}{why}",
            caller.user
        );
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    fn not_judged(error: &str) -> Self {
        tracing::warn!(error, "a request for external metrics is not answered");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", error.to_owned())
    }

    fn no_metric(metric: &str) -> Self {
        let message = format!("there is no external metric {metric:?}; the only one is {METRIC}");
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    fn no_path(uri: &Uri) -> Self {
        let message = format!("there is nothing at {}", uri.path());
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    fn only_get() -> Self {
        let message = "external metrics can be read, and not be watched or changed".to_owned();
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.code, Json(documents::status(self.code, self.reason, &self.message))).into_response()
    }
}
