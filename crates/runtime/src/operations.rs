//! The operations listener (decision D7): `/healthz`, `/readyz` and `/metrics` of a process, for whoever keeps
//! it running. It tells states and figures, changes nothing, and costs the dependencies next to nothing however
//! often it is asked.

mod connections;
#[cfg(test)]
mod tests;

use crate::metrics::{self, Metrics};
use crate::{DependencyState, DependencyStatus, Probe, ProbeRounds};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use connections::Bounded;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long answers under way may take once the listener is to end.
const DRAIN_DEADLINE: Duration = Duration::from_secs(2);

/// How long a probe may take where Kubernetes asks: less than the second that it gives one unless told otherwise.
pub const PROBE_DEADLINE: Duration = Duration::from_millis(800);

/// What the operations listener tells.
pub struct Operations {
    /// What makes `/healthz` fail, so that the process is restarted: cheap checks of the process itself, never of
    /// a dependency, which no restart would mend.
    pub liveness: Vec<Arc<dyn Probe>>,
    /// The dependencies that `/readyz` lists.
    pub readiness: Vec<Arc<dyn Probe>>,
    /// Whether the process should be sent requests, given what the readiness probes found, in their order.
    pub required: fn(&[DependencyStatus]) -> bool,
    /// Cancelled once the process is about to end: it is not ready from then on.
    pub draining: CancellationToken,
    /// How long a probe may take to answer.
    pub probe_deadline: Duration,
    /// What `/metrics` renders.
    pub metrics: Metrics,
}

/// What a process is to whoever sends it requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadinessState {
    /// It serves. A dependency may be down all the same.
    Ready,
    /// It lacks a dependency that it cannot serve without.
    Unready,
    /// It is about to end.
    Draining,
}

/// Whether a process should be sent requests, and the state of all it depends on: the body of `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// The verdict.
    pub status: ReadinessState,
    /// What each probe found, at most a second ago.
    pub dependencies: Vec<DependencyStatus>,
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Asks the readiness probes for a verdict: what `/readyz` says, for others who need to know.
#[derive(Clone)]
pub struct ReadinessCheck {
    rounds: ProbeRounds,
    required: fn(&[DependencyStatus]) -> bool,
    draining: CancellationToken,
}

impl ReadinessCheck {
    /// The verdict as of the last second.
    pub async fn now(&self) -> Readiness {
        let dependencies = self.rounds.statuses().await;
        let status = if self.draining.is_cancelled() {
            ReadinessState::Draining
        } else if (self.required)(&dependencies) {
            ReadinessState::Ready
        } else {
            ReadinessState::Unready
        };
        Readiness { status, dependencies }
    }
}

#[derive(Clone)]
struct Shared {
    liveness: ProbeRounds,
    readiness: ReadinessCheck,
    metrics: Metrics,
}

/// The three routes, and the check that stands behind `/readyz`.
pub fn router(operations: Operations) -> (Router, ReadinessCheck) {
    let Operations { liveness, readiness, required, draining, probe_deadline, metrics } = operations;
    let check = ReadinessCheck { rounds: ProbeRounds::new(readiness, probe_deadline), required, draining };
    let shared =
        Shared { liveness: ProbeRounds::new(liveness, probe_deadline), readiness: check.clone(), metrics };
    let router = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_text))
        .with_state(shared);
    (router, check)
}

/// Serves the routes until `stop` is cancelled and what is under way has ended. Connections are bounded in number
/// and in how long they may stay silent.
///
/// # Errors
/// When the listener itself fails.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let served = axum::serve(Bounded::over(listener), router)
        .with_graceful_shutdown(stop.clone().cancelled_owned())
        .into_future();
    let cut_off = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN_DEADLINE).await;
    };
    tokio::select! {
        ended = served => ended,
        () = cut_off => Ok(()),
    }
}

/// Whether the process should live on: it fails when only a restart would mend it.
async fn healthz(State(shared): State<Shared>) -> (StatusCode, Json<Health>) {
    let faults: Vec<String> = shared
        .liveness
        .statuses()
        .await
        .into_iter()
        .filter(|found| found.state != DependencyState::Ok)
        .map(|found| format!("{}: {}", found.name, found.reason.unwrap_or_default()))
        .collect();
    if faults.is_empty() {
        return (StatusCode::OK, Json(Health { status: "ok", reason: None }));
    }
    let health = Health { status: "failing", reason: Some(faults.join("; ")) };
    (StatusCode::SERVICE_UNAVAILABLE, Json(health))
}

async fn readyz(State(shared): State<Shared>) -> (StatusCode, Json<Readiness>) {
    let readiness = shared.readiness.now().await;
    let status = match readiness.status {
        ReadinessState::Ready => StatusCode::OK,
        ReadinessState::Unready | ReadinessState::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(readiness))
}

async fn metrics_text(State(shared): State<Shared>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], shared.metrics.render()).into_response()
}
