//! Which dependencies are down, shared by all workers of a process (decision D2): a dependency that fails stops
//! the flows that need it, is probed until it answers, and lets them go on. It counts against no event.

use crate::handling::Handling;
use crate::{Deadlines, FleetError, Probes, metrics};
use pawnshop_domain::FlowName;
use pawnshop_flow::{Handler, Unavailable};
use pawnshop_messaging::{Broker, BrokerError};
use pawnshop_store::{Collection, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long a store that answers may take to build the indexes of large collections.
const BUILD_DEADLINE: Duration = Duration::from_secs(600);

/// The circuits of one fleet.
pub(crate) struct Circuits {
    needs: Needs,
    /// Whether the store has taken the collections since the start: nothing can be read before.
    declared: AtomicBool,
    open: watch::Sender<Open>,
    waits: Mutex<BTreeMap<&'static str, LastWait>>,
}

/// What a fleet needs, and how it is asked for.
pub(crate) struct Needs {
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) store: Arc<dyn Store>,
    /// What the broker must have queues for.
    pub(crate) flows: Vec<FlowName>,
    /// What the store must have.
    pub(crate) collections: Vec<Collection>,
    pub(crate) deadlines: Deadlines,
    pub(crate) probes: Probes,
    /// Ends the probing.
    pub(crate) stop: CancellationToken,
}

/// The flows that stand still, by the dependency that is down.
type Open = BTreeMap<&'static str, BTreeSet<FlowName>>;

/// How long the last probes of a dependency waited, and when it answered.
struct LastWait {
    wait: Duration,
    answered: Instant,
}

/// Why a dependency cannot be used.
enum Down {
    /// It may come back by itself.
    Away(String),
    /// It answers, and refuses what it is declared: somebody must look at it.
    Refuses(String),
}

impl Circuits {
    /// All closed.
    pub(crate) fn new(needs: Needs) -> Arc<Self> {
        let (open, waits) = (watch::Sender::new(Open::new()), Mutex::default());
        Arc::new(Self { needs, declared: AtomicBool::new(false), open, waits })
    }

    /// Declares collections and queues. Where the store or the broker is merely away, its circuit is left open,
    /// and its probe declares.
    ///
    /// # Errors
    /// When one of them answers and refuses.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<(), FleetError> {
        let Needs { store, broker, collections, flows, deadlines, .. } = &self.needs;
        let late = || format!("no answer within {:?}", deadlines.start);
        let (in_store, in_broker) = tokio::join!(
            timeout(deadlines.start, store.declare(collections)),
            timeout(deadlines.start, broker.declare(flows)),
        );
        match in_store.unwrap_or_else(|_| Err(StoreError::Unavailable(late()))) {
            Ok(()) => self.declared.store(true, Ordering::Relaxed),
            Err(error @ StoreError::Refused(_)) => return Err(FleetError::DeclareCollections(error)),
            Err(StoreError::Unavailable(reason)) => {
                self.trip(&Unavailable { dependency: Unavailable::STORE, reason }, None);
            }
        }
        match in_broker.unwrap_or_else(|_| Err(BrokerError::Unavailable(late()))) {
            Ok(()) => Ok(()),
            Err(BrokerError::Unavailable(reason)) => {
                self.trip(&Unavailable { dependency: Unavailable::BROKER, reason }, None);
                Ok(())
            }
            Err(error) => Err(FleetError::DeclareQueues(error)),
        }
    }

    /// Whether the store has taken the collections, so that they can be read.
    pub(crate) fn declared(&self) -> bool {
        self.declared.load(Ordering::Relaxed)
    }

    /// Stops every flow for the store and the broker, and the flow `of` a handler for another dependency, until it
    /// answers; that handler is asked whether it does.
    pub(crate) fn trip(self: &Arc<Self>, failed: &Unavailable, of: Option<&Handling>) {
        let dependency = failed.dependency;
        let mut first = false;
        self.open.send_if_modified(|open| {
            first = !open.contains_key(dependency);
            let stopped = open.entry(dependency).or_default();
            let before = stopped.len();
            match of {
                Some(of) if !is_everyones(dependency) => stopped.extend([of.flow.name.clone()]),
                _ => stopped.extend(self.needs.flows.iter().cloned()),
            }
            first || stopped.len() > before
        });
        if first {
            metrics::dependency_up(dependency, false);
            tracing::warn!(dependency, reason = failed.reason, "a dependency is down; its flows stand still");
            let handler = of.map(|of| Arc::clone(&of.handler));
            tokio::spawn(Arc::clone(self).probe_until_it_answers(dependency, handler));
        }
    }

    /// The first of store and broker that does not answer now.
    pub(crate) async fn suspect(&self) -> Option<Unavailable> {
        for dependency in [Unavailable::STORE, Unavailable::BROKER] {
            if let Err(reason) = self.ask(dependency, None).await {
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

    async fn probe_until_it_answers(
        self: Arc<Self>,
        dependency: &'static str,
        handler: Option<Arc<dyn Handler>>,
    ) {
        let mut wait = self.first_wait(dependency);
        let mut refusal = None;
        loop {
            let next = async {
                sleep(jittered(wait)).await;
                self.make_usable(dependency, handler.as_deref()).await
            };
            // Not left behind in the middle of a question: a driver's task may not outlive its runtime.
            let Some(usable) = self.needs.stop.run_until_cancelled(next).await else { return };
            match usable {
                Ok(()) => break,
                Err(Down::Away(reason)) => tracing::debug!(dependency, reason, "still down"),
                Err(Down::Refuses(reason)) if refusal.as_ref() != Some(&reason) => {
                    tracing::error!(
                        dependency,
                        reason,
                        "it answers and cannot be used; asking again until it can"
                    );
                    refusal = Some(reason);
                }
                Err(Down::Refuses(_)) => {}
            }
            wait = (wait * 2).min(self.needs.probes.longest);
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

    /// A whole batch was settled: store and broker do more than answer probes.
    pub(crate) fn worked(&self) {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.retain(|dependency, _| !is_everyones(dependency));
    }

    /// A dependency that answers probes and then fails again, before it has done any work or soon after, goes on where
    /// its back-off stopped.
    fn first_wait(&self, dependency: &'static str) -> Duration {
        let Probes { first, longest, .. } = self.needs.probes;
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        match waits.get(dependency) {
            Some(last) if is_everyones(dependency) || last.answered.elapsed() < longest * 2 => {
                (last.wait * 2).min(longest)
            }
            _ => first,
        }
    }

    /// Whether a dependency answers: of an outside service the handler knows, which may take as long as ever.
    async fn ask(&self, dependency: &'static str, handler: Option<&dyn Handler>) -> Result<(), String> {
        let Needs { store, broker, deadlines, probes, .. } = &self.needs;
        let answer = async {
            match (dependency, handler) {
                (Unavailable::STORE, _) => store.ping().await.map_err(|error| error.to_string()),
                (Unavailable::BROKER, _) => broker.ping().await.map_err(|error| error.to_string()),
                (_, Some(handler)) => handler.ping(dependency).await,
                (_, None) => Ok(()),
            }
        };
        let deadline = if is_everyones(dependency) { probes.deadline } else { deadlines.handler };
        timeout(deadline, answer).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    /// Asks a dependency, and declares what may be gone with it, or was never there (decision D6).
    async fn make_usable(&self, dependency: &'static str, handler: Option<&dyn Handler>) -> Result<(), Down> {
        self.ask(dependency, handler).await.map_err(Down::Away)?;
        let Needs { store, broker, collections, flows, deadlines, .. } = &self.needs;
        let late = |_| Err(Down::Away("it answers, and takes no declaration in time".to_owned()));
        match dependency {
            Unavailable::STORE => {
                let declared = async { store.declare(collections).await.map_err(Down::from) };
                timeout(BUILD_DEADLINE, declared).await.unwrap_or_else(late)?;
                self.declared.store(true, Ordering::Relaxed);
                Ok(())
            }
            Unavailable::BROKER => {
                let declared = async { broker.declare(flows).await.map_err(Down::from) };
                timeout(deadlines.broker, declared).await.unwrap_or_else(late)
            }
            _ => Ok(()),
        }
    }
}

impl From<StoreError> for Down {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Away(error.to_string()),
            StoreError::Refused(_) => Self::Refuses(error.to_string()),
        }
    }
}

impl From<BrokerError> for Down {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Unavailable(_) => Self::Away(error.to_string()),
            BrokerError::Declare(_) | BrokerError::UnknownFlow(_) | BrokerError::Closed => {
                Self::Refuses(error.to_string())
            }
        }
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
