use super::contract::external_scaler_server::ExternalScaler;
use super::contract::{
    GetMetricSpecResponse, GetMetricsRequest, GetMetricsResponse, IsActiveResponse, MetricSpec, MetricValue,
    ScaledObjectRef,
};
use super::question;
use crate::scaling::board::{Board, MOST, PoolKey};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use pawnshop_scaling::Backlog;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tonic::{Request, Response, Status};

/// What the metric is called; KEDA puts its trigger's number before it.
const METRIC: &str = "pawnshop_backlog";

/// How soon a stream tells that there is work.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What KEDA asks.
pub(super) struct Scaler {
    board: Arc<Board>,
}

impl Scaler {
    pub(super) fn new(board: Arc<Board>) -> Self {
        Self { board }
    }
}

/// What is known of a pool as of now.
///
/// # Errors
/// `UNAVAILABLE`, with the reason, where that is nothing (decision K7): KEDA holds then.
fn events(board: &Board, pool: &PoolKey) -> Result<u64, Status> {
    let PoolKey { namespace, shop, pool: name } = pool;
    match board.get(pool).map(|measured| measured.current()) {
        Some(Backlog::Known(events)) => Ok(events),
        Some(Backlog::Unknown(why)) => Err(Status::unavailable(why)),
        None => Err(Status::unavailable(format!(
            "nothing is known here of a pool {name} of the shop {shop} in {namespace}"
        ))),
    }
}

/// Whether a pool should have a worker: where something waits, and where one that is awake has reason to stay so.
fn is_active(board: &Board, pool: &PoolKey) -> Result<bool, Status> {
    let stays = board.get(pool).is_some_and(|measured| measured.stays_awake);
    events(board, pool).map(|events| events > 0 || stays)
}

#[tonic::async_trait]
impl ExternalScaler for Scaler {
    async fn is_active(
        &self,
        request: Request<ScaledObjectRef>,
    ) -> Result<Response<IsActiveResponse>, Status> {
        let result = is_active(&self.board, &question::pool(request.get_ref())?)?;
        Ok(Response::new(IsActiveResponse { result }))
    }

    type StreamIsActiveStream = BoxStream<'static, Result<IsActiveResponse, Status>>;

    /// Tells when there is work and when there is none, each once, and nothing while that is unknown: for triggers of
    /// the type `external-push`, which the operator itself does not make.
    async fn stream_is_active(
        &self,
        request: Request<ScaledObjectRef>,
    ) -> Result<Response<Self::StreamIsActiveStream>, Status> {
        let pool = question::pool(request.get_ref())?;
        let board = Arc::clone(&self.board);
        let changes = stream::unfold(None, move |told: Option<bool>| {
            let (board, pool) = (Arc::clone(&board), pool.clone());
            async move {
                loop {
                    match is_active(&board, &pool) {
                        Ok(active) if told != Some(active) => {
                            return Some((Ok(IsActiveResponse { result: active }), Some(active)));
                        }
                        Ok(_) | Err(_) => sleep(LOOK_EVERY).await,
                    }
                }
            }
        });
        Ok(Response::new(changes.boxed()))
    }

    async fn get_metric_spec(
        &self,
        request: Request<ScaledObjectRef>,
    ) -> Result<Response<GetMetricSpecResponse>, Status> {
        let target = question::backlog_per_worker(request.get_ref())?.get();
        let spec = MetricSpec {
            metric_name: METRIC.to_owned(),
            target_size: i64::from(target),
            target_size_float: f64::from(target),
        };
        Ok(Response::new(GetMetricSpecResponse { metric_specs: vec![spec] }))
    }

    async fn get_metrics(
        &self,
        request: Request<GetMetricsRequest>,
    ) -> Result<Response<GetMetricsResponse>, Status> {
        let asked = request.get_ref().scaled_object_ref.as_ref();
        let asked = asked.ok_or_else(|| Status::invalid_argument("no ScaledObject is named"))?;
        let events = events(&self.board, &question::pool(asked)?)?.min(MOST);
        let value = MetricValue {
            metric_name: METRIC.to_owned(),
            metric_value: i64::try_from(events).unwrap_or(i64::MAX),
            metric_value_float: events as f64,
        };
        Ok(Response::new(GetMetricsResponse { metric_values: vec![value] }))
    }
}
