//! Probes and metrics: whether this process lives, whether it should be sent requests, what it does. The runtime
//! answers; here is what it looks at, and what the API's description says of it.

use axum::Router;
use pawnshop_edge::Edge;
use pawnshop_rpc::Channel;
use pawnshop_rpc::v1::GetOutcomeRequest;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use pawnshop_runtime::metrics::Metrics;
use pawnshop_runtime::{Probe, operations};
use std::sync::Arc;
use std::time::Duration;
use tonic::Code;
use utoipa::{OpenApi, ToSchema};

/// The operations routes; the workers are probed beside what `readiness` probes. A dependency that is down does not
/// make the dispatcher unready: it answers 503 with `Retry-After` then, which serves clients better than no answer.
pub(crate) fn router(
    edge: &Edge,
    readiness: Vec<Arc<dyn Probe>>,
    liveness: Vec<Arc<dyn Probe>>,
    probe_deadline: Duration,
    metrics: Metrics,
) -> Router {
    let workers: Arc<dyn Probe> = Arc::new(Workers(edge.workers()));
    let (router, _) = operations::router(operations::Operations {
        liveness,
        readiness: readiness.into_iter().chain([workers]).collect(),
        required: |_| true,
        draining: edge.draining().clone(),
        probe_deadline,
        metrics,
    });
    router
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

/// What the description says of these routes.
#[derive(OpenApi)]
#[openapi(paths(healthz, readyz, metrics))]
pub(crate) struct Described;

/// Whether the process should live on.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes an answer of a crate that knows no OpenAPI")]
struct Health {
    status: HealthStatus,
    /// Why it should not; absent when it should.
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Whether the process should live on.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes an answer of a crate that knows no OpenAPI")]
enum HealthStatus {
    /// Yes.
    Ok,
    /// No: only a restart mends it.
    Failing,
}

/// Whether the dispatcher should be sent requests, and the state of all it depends on.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes an answer of a crate that knows no OpenAPI")]
struct Readiness {
    status: ReadinessStatus,
    dependencies: Vec<Dependency>,
}

/// Whether the dispatcher should be sent requests.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes an answer of a crate that knows no OpenAPI")]
enum ReadinessStatus {
    /// Yes. A dependency may be down all the same: writes or reads then say so, with `Retry-After`.
    Ready,
    /// No: it is about to end.
    Draining,
}

/// One dependency.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes an answer of a crate that knows no OpenAPI")]
struct Dependency {
    /// `queue`, `store`, `workers`.
    name: String,
    /// Whether it answers.
    state: DependencyState,
    /// Why it does not; absent when it does.
    #[schema(nullable = false)]
    reason: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes an answer of a crate that knows no OpenAPI")]
enum DependencyState {
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
#[allow(dead_code, reason = "describes a route of a crate that knows no OpenAPI")]
fn healthz() {}

/// Whether requests should be sent here. A dependency that is down does not make the dispatcher unready: it
/// answers 503 with `Retry-After` then, which serves clients better than no answer. Dependencies are told as of
/// the last second.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "It serves", body = Readiness),
        (status = 503, description = "It is about to end", body = Readiness),
    ))]
#[allow(dead_code, reason = "describes a route of a crate that knows no OpenAPI")]
fn readyz() {}

/// Metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operations", operation_id = "metrics_text",
    responses((status = 200, description = "Every metric", body = String,
        content_type = "text/plain; version=0.0.4; charset=utf-8")))]
#[allow(dead_code, reason = "describes a route of a crate that knows no OpenAPI")]
fn metrics() {}
