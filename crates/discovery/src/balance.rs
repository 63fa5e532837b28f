//! One channel over many workers.

mod body;
mod call;
mod follow;
mod health;
mod member;
mod options;
mod pick;
mod pool;

pub use options::BalanceOptions;

use crate::Discovery;
use call::Call;
use follow::follow;
use http::{Request, Response};
use pawnshop_rpc::{Channel, Roster, Tried};
use pool::Pool;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

/// A channel over the workers that `discovery` finds, until its last clone is dropped.
///
/// A request goes to one of two random workers, the one with fewer requests in flight, of those that serve and
/// have not failed lately. One that fails (it cannot be reached, answers UNAVAILABLE, or leaves a call unanswered) is set
/// aside for a while that doubles each time, and never for good; where all are, the least bad one is asked anyway.
/// A request that carries a [`Tried`] goes to no worker that is noted there while there is another, and notes
/// the worker when it fails. Without any worker the answer is UNAVAILABLE at once.
///
/// Must be called within a tokio runtime.
pub fn balanced(discovery: Box<dyn Discovery>, options: BalanceOptions) -> Channel {
    balanced_with_roster(discovery, options).0
}

/// The same, and beside it a way to each of the workers, which are followed until the last clone of either is dropped.
///
/// Must be called within a tokio runtime.
pub fn balanced_with_roster(
    discovery: Box<dyn Discovery>,
    options: BalanceOptions,
) -> (Channel, Arc<dyn Roster>) {
    let pool = Arc::new(Pool::new(discovery.target()));
    let stop = CancellationToken::new();
    let following = follow(Arc::clone(&pool), discovery, options.clone());
    let stopped = stop.clone();
    tokio::spawn(async move { stopped.run_until_cancelled(following).await });
    let balancer = Balancer { pool, patience: options.patience, _stop: Arc::new(stop.drop_guard()) };
    (BoxCloneSyncService::new(balancer.clone()), Arc::new(balancer))
}

#[derive(Clone)]
struct Balancer {
    pool: Arc<Pool>,
    patience: Duration,
    /// Ends the search for workers with the last clone.
    _stop: Arc<DropGuard>,
}

impl Roster for Balancer {
    fn each(&self) -> Vec<Channel> {
        let channel = |member: &Arc<member::Member>| {
            let as_status = |error| Status::from_error(Box::<tonic::transport::Error>::new(error));
            BoxCloneSyncService::new(member.channel().map_err(as_status))
        };
        self.pool.members().iter().map(channel).collect()
    }
}

impl Service<Request<Body>> for Balancer {
    type Response = Response<Body>;
    type Error = Status;
    type Future = futures::future::BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let tried = Tried::of(request.extensions()).cloned();
        let Some(member) = self.pool.pick(tried.as_ref()) else {
            let nobody = Status::unavailable(format!("no worker is known: {} has none", self.pool.target()));
            return Box::pin(async { Err(nobody) });
        };
        let mut channel = member.channel();
        let call = Call::begin(member, tried, self.patience);
        Box::pin(async move {
            let answer = match channel.ready().await {
                Ok(channel) => channel.call(request).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(response) => Ok(call.answered(response)),
                Err(error) => Err(call.broken(error)),
            }
        })
    }
}
