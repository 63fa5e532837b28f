//! Which dependencies are down, shared by all workers of a process (decision D2): a dependency that fails stops
//! the flows that need it, is probed until it answers, and lets them go on. It counts against no event.

use crate::{Probes, metrics};
use pawnshop_domain::FlowName;
use pawnshop_flow::Unavailable;
use pawnshop_messaging::Broker;
use pawnshop_store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The circuits of one fleet.
pub(crate) struct Circuits {
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
    flows: Vec<FlowName>,
    probes: Probes,
    stop: CancellationToken,
    open: watch::Sender<Open>,
    waits: Mutex<BTreeMap<&'static str, LastWait>>,
}

/// The flows that stand still, by the dependency that is down.
type Open = BTreeMap<&'static str, BTreeSet<FlowName>>;

/// How long the last probes of a dependency waited, and when it answered.
struct LastWait {
    wait: Duration,
    answered: Instant,
}

impl Circuits {
    /// All closed. `flows` are those of the fleet; probing ends with `stop`.
    pub(crate) fn new(
        broker: Arc<dyn Broker>,
        store: Arc<dyn Store>,
        flows: Vec<FlowName>,
        probes: Probes,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let (open, waits) = (watch::Sender::new(Open::new()), Mutex::default());
        Arc::new(Self { broker, store, flows, probes, stop, open, waits })
    }

    /// Stops every flow for the store and the broker, and `flow` for another dependency, until it answers.
    pub(crate) fn trip(self: &Arc<Self>, failed: &Unavailable, flow: Option<&FlowName>) {
        let dependency = failed.dependency;
        let mut first = false;
        self.open.send_if_modified(|open| {
            first = !open.contains_key(dependency);
            let stopped = open.entry(dependency).or_default();
            let before = stopped.len();
            match flow {
                Some(flow) if !is_everyones(dependency) => stopped.extend([flow.clone()]),
                _ => stopped.extend(self.flows.iter().cloned()),
            }
            first || stopped.len() > before
        });
        if first {
            metrics::dependency_up(dependency, false);
            tracing::warn!(dependency, reason = failed.reason, "a dependency is down; its flows stand still");
            tokio::spawn(Arc::clone(self).probe_until_it_answers(dependency));
        }
    }

    /// The first of store and broker that does not answer now.
    pub(crate) async fn suspect(&self) -> Option<Unavailable> {
        for dependency in [Unavailable::STORE, Unavailable::BROKER] {
            if let Err(reason) = self.ask(dependency).await {
                return Some(Unavailable { dependency, reason });
            }
        }
        None
    }

    /// Those of `flows` that may be consumed now.
    pub(crate) fn allowed(&self, flows: &[FlowName]) -> Vec<FlowName> {
        allowed(&self.open.borrow(), flows)
    }

    /// Waits until not just `now` of `flows` may be consumed.
    pub(crate) async fn changed(&self, flows: &[FlowName], now: &[FlowName]) {
        // An error says that the sender is gone, which `self` holds.
        let _ = self.open.subscribe().wait_for(|open| allowed(open, flows) != now).await;
    }

    /// The dependencies that are down.
    pub(crate) fn unavailable(&self) -> Vec<&'static str> {
        self.open.borrow().keys().copied().collect()
    }

    async fn probe_until_it_answers(self: Arc<Self>, dependency: &'static str) {
        let mut wait = self.first_wait(dependency);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep(jittered(wait)) => {}
            }
            match self.ask(dependency).await {
                Ok(()) => break,
                Err(reason) => tracing::debug!(dependency, reason, "still down"),
            }
            wait = (wait * 2).min(self.probes.longest);
        }
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.insert(dependency, LastWait { wait, answered: Instant::now() });
        drop(waits);
        metrics::dependency_up(dependency, true);
        tracing::info!(dependency, "the dependency answers again");
        self.open.send_modify(|open| {
            open.remove(dependency);
        });
    }

    /// A dependency that answers probes and then fails again goes on where its back-off stopped.
    fn first_wait(&self, dependency: &'static str) -> Duration {
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        match waits.get(dependency) {
            Some(last) if last.answered.elapsed() < self.probes.longest * 2 => {
                (last.wait * 2).min(self.probes.longest)
            }
            _ => self.probes.first,
        }
    }

    /// An outside service has no probe of its own: its flows try again after each wait.
    async fn ask(&self, dependency: &'static str) -> Result<(), String> {
        let answer = async {
            match dependency {
                Unavailable::STORE => self.store.ping().await.map_err(|error| error.to_string()),
                Unavailable::BROKER => {
                    self.broker.ping().await.map_err(|error| error.to_string())?;
                    // Queues may be gone with the broker (decision D6).
                    self.broker.declare(&self.flows).await.map_err(|error| error.to_string())
                }
                _ => Ok(()),
            }
        };
        timeout(self.probes.deadline, answer).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }
}

fn is_everyones(dependency: &str) -> bool {
    [Unavailable::STORE, Unavailable::BROKER].contains(&dependency)
}

fn allowed(open: &Open, flows: &[FlowName]) -> Vec<FlowName> {
    flows.iter().filter(|flow| !open.values().any(|stopped| stopped.contains(flow))).cloned().collect()
}

/// Between half of `wait` and all of it, so that workers of many processes do not probe in step.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::random_range(0.5..=1.0))
}
