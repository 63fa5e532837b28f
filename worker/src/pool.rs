//! A pool: as many workers as its backlog asks for.

use crate::worker::{Surroundings, Worker};
use crate::{FlowStatus, PoolOptions, PoolStatus, metrics};
use futures::future::join_all;
use pawnshop_flow::{Flow, World};
use pawnshop_scaling::{Backlog, Stabiliser};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// Samples a pool's backlog and keeps its workers by the scaling rule. Dropped, it aborts them.
pub(crate) struct Pool {
    options: PoolOptions,
    flows: Vec<Flow>,
    /// The fleet's, with what this pool's flows are told.
    world: World,
    shop: Arc<Surroundings>,
    stabiliser: Stabiliser,
    workers: Vec<Running>,
    /// All tasks, those that drain included.
    tasks: JoinSet<()>,
    status: watch::Sender<PoolStatus>,
}

/// A worker that was not told to stop.
struct Running {
    stop: CancellationToken,
    task: AbortHandle,
}

impl Pool {
    /// A pool without workers yet.
    pub(crate) fn new(options: PoolOptions, flows: Vec<Flow>, shop: Arc<Surroundings>) -> Self {
        let unread = || Backlog::Unknown("not read yet".to_owned());
        let flow_status = |flow: &Flow| FlowStatus { name: flow.name.clone(), backlog: unread() };
        let status = PoolStatus {
            name: options.name.clone(),
            workers: 0,
            backlog: unread(),
            read_at: None,
            flows: flows.iter().map(flow_status).collect(),
            paused: options.paused,
        };
        Self {
            stabiliser: Stabiliser::new(options.stabilisation),
            status: watch::Sender::new(status),
            workers: Vec::new(),
            tasks: JoinSet::new(),
            world: World { config: options.config.clone(), ..shop.world.clone() },
            options,
            flows,
            shop,
        }
    }

    /// Follows the pool's load.
    pub(crate) fn status(&self) -> watch::Receiver<PoolStatus> {
        self.status.subscribe()
    }

    /// Runs until `stop` is cancelled and the last worker has drained.
    pub(crate) async fn run(
        mut self,
        sample_every: Duration,
        mut paused: watch::Receiver<bool>,
        stop: CancellationToken,
    ) {
        let mut ticks = interval(sample_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_paused = *paused.borrow_and_update();
            self.need_no_reading(is_paused);
            tokio::select! {
                () = stop.cancelled() => break,
                Ok(()) = paused.changed() => {}
                flows = async {
                    ticks.tick().await;
                    self.read_backlogs().await
                } => self.fit(flows, is_paused),
            }
        }
        self.resize(0);
        while let Some(ended) = self.tasks.join_next().await {
            report(ended);
        }
    }

    /// What does not depend on any backlog does not wait for one, which may take seconds or be unknown: the least
    /// workers there are, and none in a paused pool.
    fn need_no_reading(&mut self, paused: bool) {
        self.forget_ended();
        let running = u32::try_from(self.workers.len()).unwrap_or(u32::MAX);
        let workers = if paused { 0 } else { self.options.limits.hold(running) };
        self.resize(workers);
        self.status.send_if_modified(|status| {
            let changed = (status.workers, status.paused) != (workers, paused);
            (status.workers, status.paused) = (workers, paused);
            changed
        });
    }

    async fn read_backlogs(&self) -> Vec<FlowStatus> {
        let deadline = self.shop.deadlines.broker;
        join_all(self.flows.iter().map(async |flow| {
            let read = timeout(deadline, self.shop.broker.backlog(&flow.name));
            let backlog =
                read.await.unwrap_or_else(|_| Backlog::Unknown(format!("no answer within {deadline:?}")));
            FlowStatus { name: flow.name.clone(), backlog }
        }))
        .await
    }

    /// Brings the pool to the size that the backlogs ask for, and says so.
    fn fit(&mut self, flows: Vec<FlowStatus>, paused: bool) {
        self.forget_ended();
        let backlog =
            flows.iter().map(|flow| flow.backlog.clone()).fold(Backlog::Known(0), |sum, one| sum + one);
        let wanted = if paused {
            0
        } else {
            let current = u32::try_from(self.workers.len()).unwrap_or(u32::MAX);
            self.stabiliser.workers(Instant::now().into_std(), &backlog, current, &self.options.limits)
        };
        self.resize(wanted);
        let status = PoolStatus {
            name: self.options.name.clone(),
            workers: wanted,
            backlog,
            read_at: Some(Instant::now()),
            flows,
            paused,
        };
        metrics::sampled(&status);
        self.status.send_replace(status);
    }

    fn forget_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            report(ended);
        }
        self.workers.retain(|worker| !worker.task.is_finished());
    }

    /// Starts workers, or tells the youngest to drain.
    fn resize(&mut self, wanted: u32) {
        let (wanted, running) = (usize::try_from(wanted).unwrap_or(usize::MAX), self.workers.len());
        if wanted != running {
            tracing::debug!(pool = self.options.name, from = running, to = wanted, "resizing");
        }
        for _ in running..wanted {
            let stop = CancellationToken::new();
            let worker = Worker::new(&self.shop, &self.flows, &self.world);
            let task = self.tasks.spawn(worker.run(stop.clone()));
            self.workers.push(Running { stop, task });
        }
        let kept = wanted.min(self.workers.len());
        for worker in self.workers.drain(kept..) {
            worker.stop.cancel();
        }
    }
}

/// A worker that ends by anything but draining is replaced at the next sample.
fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a worker died; what it held comes again");
    }
}
