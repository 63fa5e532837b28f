//! Probes and metrics: whether this process lives, whether it should be sent requests, what it does.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use pawnshop_edge::Edge;
use pawnshop_rpc::Channel;
use pawnshop_rpc::v1::GetOutcomeRequest;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use pawnshop_runtime::metrics::{self, Metrics};
use pawnshop_runtime::{DependencyState, DependencyStatus, Probe, ProbeRounds};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the operations endpoints look at.
#[derive(Clone)]
pub(crate) struct Operations {
    liveness: ProbeRounds,
    readiness: ProbeRounds,
    metrics: Metrics,
    draining: CancellationToken,
}

impl Operations {
    /// Probes the workers beside what `probes` does; `liveness` tells whether the process should live on.
    pub(crate) fn new(
        edge: &Edge,
        probes: Vec<Arc<dyn Probe>>,
        liveness: Vec<Arc<dyn Probe>>,
        deadline: Duration,
        metrics: Metrics,
        draining: CancellationToken,
    ) -> Self {
        let workers: Arc<dyn Probe> = Arc::new(Workers(edge.workers()));
        let probes = probes.into_iter().chain([workers]).collect();
        Self {
            liveness: ProbeRounds::new(liveness, deadline),
            readiness: ProbeRounds::new(probes, deadline),
            metrics,
            draining,
        }
    }

    /// The routes, documented.
    pub(crate) fn routes(self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(healthz))
            .routes(routes!(readyz))
            .routes(routes!(metrics_text))
            .with_state(self)
    }
}

/// Whether the process should live on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: HealthStatus,
    /// Why it should not; absent when it should.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Whether the process should live on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HealthStatus {
    /// Yes.
    Ok,
    /// No: only a restart mends it.
    Failing,
}

/// Whether the dispatcher should be sent requests, and the state of all it depends on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    status: ReadinessStatus,
    dependencies: Vec<Dependency>,
}

/// Whether the dispatcher should be sent requests.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReadinessStatus {
    /// Yes. A dependency may be down all the same: writes or reads then say so, with `Retry-After`.
    Ready,
    /// No: it is about to end.
    Draining,
}

/// One dependency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dependency {
    /// `queue`, `store`, `workers`.
    name: String,
    /// Whether it answers.
    #[schema(value_type = DependencyStateName)]
    state: DependencyState,
    /// Why it does not; absent when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// How [`DependencyState`] is written.
#[derive(ToSchema)]
#[schema(as = DependencyState, rename_all = "lowercase")]
#[allow(dead_code, reason = "documents a type of a crate that knows no OpenAPI")]
pub(crate) enum DependencyStateName {
    Ok,
    Unavailable,
}

/// Whether the process should live on: it fails when only a restart would mend it, and never for a dependency
/// that is down. As of the last second.
#[utoipa::path(get, path = "/healthz", tag = "operations",
    responses(
        (status = 200, description = "It lives", body = Health),
        (status = 503, description = "It should be restarted", body = Health),
    ))]
async fn healthz(State(operations): State<Operations>) -> (StatusCode, Json<Health>) {
    let statuses = operations.liveness.statuses().await;
    let faults: Vec<_> = statuses
        .into_iter()
        .filter(|found| found.state != DependencyState::Ok)
        .map(|found| format!("{}: {}", found.name, found.reason.unwrap_or_default()))
        .collect();
    if faults.is_empty() {
        return (StatusCode::OK, Json(Health { status: HealthStatus::Ok, reason: None }));
    }
    let health = Health { status: HealthStatus::Failing, reason: Some(faults.join("; ")) };
    (StatusCode::SERVICE_UNAVAILABLE, Json(health))
}

/// Whether requests should be sent here. A dependency that is down does not make the dispatcher unready: it
/// answers 503 with `Retry-After` then, which serves clients better than no answer. Dependencies are told as of
/// the last second.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "It serves", body = Readiness),
        (status = 503, description = "It is about to end", body = Readiness),
    ))]
async fn readyz(State(operations): State<Operations>) -> (StatusCode, Json<Readiness>) {
    let statuses = operations.readiness.statuses().await;
    let dependencies = statuses
        .into_iter()
        .map(|DependencyStatus { name, state, reason }| Dependency { name, state, reason })
        .collect();
    if operations.draining.is_cancelled() {
        let body = Readiness { status: ReadinessStatus::Draining, dependencies };
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body));
    }
    (StatusCode::OK, Json(Readiness { status: ReadinessStatus::Ready, dependencies }))
}

/// Metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Every metric", body = String,
        content_type = "text/plain; version=0.0.4; charset=utf-8")))]
async fn metrics_text(State(operations): State<Operations>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], operations.metrics.render()).into_response()
}

/// Whether some worker answers: asks for the outcome of an event that cannot be.
struct Workers(Channel);

#[async_trait::async_trait]
impl Probe for Workers {
    fn name(&self) -> &str {
        "workers"
    }

    async fn check(&self) -> Result<(), String> {
        const NIL: &str = "00000000-0000-0000-0000-000000000000";
        let request = GetOutcomeRequest { event_id: NIL.to_owned(), ..Default::default() };
        match OutcomesClient::new(self.0.clone()).get_outcome(request).await {
            Err(status) if status.code() != Code::NotFound => Err(status.message().to_owned()),
            _ => Ok(()),
        }
    }
}
