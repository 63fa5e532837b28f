//! One shop, from what it says to what is there and back to its status: dereference, validate, build, apply, update
//! status.

mod desired;
mod findings;
mod scaling;

use crate::apply::{Applier, ApplyError, Outcome, Past};
use crate::build::labels::Component;
use crate::build::{Child, OPERATIONS_PORT};
use crate::caches::Caches;
use crate::capabilities::Capabilities;
use crate::children::{Children, Owner, ShopKey};
use crate::conditions::{ConditionType, Findings, Obstacle, store_answered};
use crate::defaults::Defaults;
use crate::events::{self, Events};
use crate::leader::Leadership;
use crate::memory::{Memory, Remembered};
use crate::observe::{Brokers, Stores};
use crate::scaling::backend::{NoBackend, Registration};
use crate::scaling::{Plan, Scalers};
use crate::status::{self, Decision, PoolQueues, Written, decide};
use desired::Known;
use k8s_openapi::jiff::Timestamp;
use kube::runtime::controller::Action;
use kube::{Client, Resource, ResourceExt};
use pawnshop_resource::{PawnShop, PawnShopStatus};
use rand::RngExt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// How long one reconciliation may take: many times what it needs.
const DEADLINE: Duration = Duration::from_secs(120);

/// When a shop is looked at again that waits for somebody to mend something: a Secret, a name.
const OBSTACLE_PAUSE: Duration = Duration::from_secs(15);

/// The world of a reconciliation.
pub struct Context {
    /// Its writes pass the leader's guard.
    pub client: Client,
    /// Whether this process leads.
    pub leadership: Leadership,
    /// What the watches told.
    pub children: Arc<Children>,
    /// Whether they told all.
    pub caches: Caches,
    /// What the cluster has.
    pub capabilities: watch::Receiver<Capabilities>,
    /// What the operator's settings give to every shop.
    pub defaults: Defaults,
    /// How often references are read anew.
    pub reread: Duration,
    /// The brokers.
    pub brokers: Brokers,
    /// The stores, by what workers say.
    pub stores: Stores,
    /// Whose the cluster's external metrics are.
    pub registration: watch::Receiver<Registration>,
    /// Who measures and scales the pools.
    pub scalers: Scalers,
    /// What happened before.
    pub memory: Memory,
    /// Where it is told what happens.
    pub events: Events,
}

/// Why a shop is to be reconciled again soon.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// What it refers to could not be read.
    #[error("its references cannot be read: {0}")]
    ReadReferences(String),
    /// Some of its objects are not as desired.
    #[error("{} of its objects cannot be brought about: {}", .0.len(), told(.0))]
    Apply(Vec<ApplyError>),
    /// Its status could not be written.
    #[error(transparent)]
    WriteStatus(#[from] status::WriteError),
    /// It took too long.
    #[error("reconciling it took longer than {} s", DEADLINE.as_secs())]
    Deadline,
    /// A fault of ours.
    #[error("reconciling it failed unexpectedly; this is a fault of the operator")]
    Died,
}

impl ReconcileError {
    /// What kind of error it is, for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ReadReferences(_) => "read_references",
            Self::Apply(_) => "apply",
            Self::WriteStatus(_) => "write_status",
            Self::Deadline => "deadline",
            Self::Died => "died",
        }
    }
}

/// A shop's address.
pub fn key(shop: &PawnShop) -> ShopKey {
    (shop.namespace().unwrap_or_default(), shop.name_any())
}

/// What tells a shop that somebody changed from the same shop before; its status is ours.
pub fn looks(shop: &PawnShop) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&shop.metadata.uid, shop.metadata.generation, shop.metadata.deletion_timestamp.is_some())
        .hash(&mut hasher);
    (&shop.metadata.annotations, &shop.metadata.labels).hash(&mut hasher);
    hasher.finish()
}

/// Brings a shop to what it says, and tells how it is.
///
/// # Errors
/// When it must be tried again: something could not be read or written.
pub async fn reconcile(shop: Arc<PawnShop>, context: Arc<Context>) -> Result<Action, ReconcileError> {
    context.caches.all_filled().await;
    let key = key(&shop);
    // Its objects go with it by garbage collection; what they hold elsewhere stays (decision K11).
    if shop.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    let uid = shop.metadata.uid.clone().unwrap_or_default();
    let mut remembered = context.memory.take(&key, &uid);
    let one = One { shop: &shop, context: &context, key: &key };
    let done = timeout(DEADLINE, one.reconcile(&mut remembered)).await;
    context.memory.put(key.clone(), remembered);
    let action = done.unwrap_or(Err(ReconcileError::Deadline))?;
    context.memory.succeeded(&key);
    Ok(action)
}

struct One<'a> {
    shop: &'a PawnShop,
    context: &'a Context,
    key: &'a ShopKey,
}

impl One<'_> {
    async fn reconcile(&self, remembered: &mut Remembered) -> Result<Action, ReconcileError> {
        let cluster = *self.context.capabilities.borrow();
        let known = desired::known(self, &cluster, remembered).await?;
        let (regime, no_backend) = scaling::regime(self, &scaling::deployments(self.key, self.shop));
        let mut desired = desired::desired(self.shop, &cluster, &self.context.defaults, &known, &regime);
        let readings = self.observe(&known);
        if let Ok(desired) = &mut desired {
            scaling::hold_back(&mut desired.children, &self.context.children, &self.key.0);
            let before = before(self.shop, remembered.written.as_ref());
            let amqp = known.as_ref().ok().and_then(|known| known.amqp.clone());
            let plan = Plan::of(&desired.validated, &regime, amqp, before);
            let readings = readings.clone().map_err(|why| why.message());
            self.context.scalers.keep(self.key, plan, readings);
        }
        let outcome = match &desired {
            Ok(desired) => self.apply(&desired.children, &mut remembered.past).await,
            Err(_) => Outcome::default(),
        };
        let reading = readings.as_ref().map(|readings| Arc::clone(&readings.borrow())).map_err(Clone::clone);
        count(&outcome);
        let (flaw, obstacle, validated) = match desired {
            Ok(desired) => {
                let flaw = desired.lacks.or(findings::contest(&outcome));
                (flaw, findings::obstacle(&outcome), Some(desired.validated))
            }
            Err(obstacle) => (None, Some(obstacle), None),
        };
        let waits = obstacle.is_some() || !outcome.contests.is_empty();
        let mut findings = findings::findings(self, &reading, obstacle, flaw, &remembered.past.looks);
        let before = before(self.shop, remembered.written.as_ref());
        findings.store_answers = self.store_answers(&findings, before);
        let told = self.context.scalers.told(self.key);
        let backend = regime.backend.ok_or(no_backend.as_ref().unwrap_or(&NoBackend::NotKnownYet));
        findings.scaling = scaling::not_gone(self, regime.backend)
            .or_else(|| scaling::verdict(&told, backend, readings.as_ref().map(|_| ()), &regime.paused));
        let pools = findings::pools(self.shop);
        let queues = scaling::queues(&pools, validated.as_ref(), &told, &regime, before);
        let later = self.update_status(&findings, &queues, &outcome, remembered).await?;
        if !outcome.failures.is_empty() {
            return Err(ReconcileError::Apply(outcome.failures));
        }
        let pause = if waits { OBSTACLE_PAUSE } else { self.context.reread };
        let pause = pause.mul_f64(rand::rng().random_range(0.8..1.0));
        let scheduled = validated.and_then(|shop| scaling::until_next_schedule(&shop, regime.at));
        Ok(Action::requeue(later.into_iter().chain(scheduled).fold(pause, Duration::min)))
    }

    async fn apply(&self, desired: &[Child], past: &mut Past) -> Outcome {
        let owner = Owner { name: self.key.1.clone(), uid: self.shop.uid().unwrap_or_default() };
        let applier = Applier {
            client: &self.context.client,
            children: &self.context.children,
            namespace: &self.key.0,
            shop: &owner,
        };
        applier.apply(desired, past).await
    }

    /// What the shop's broker last told, and will tell, if there is a way to ask it.
    fn observe(&self, known: &Known) -> scaling::Readings {
        let access = findings::access(self.shop, known);
        match &access {
            Ok(access) => Ok(self.context.brokers.observe(self.key, access)),
            Err(why) => {
                self.context.brokers.forget(self.key);
                Err(why.clone())
            }
        }
    }

    /// What a worker said of the store, where there are workers and none is ready.
    fn store_answers(&self, findings: &Findings, before: Option<&PawnShopStatus>) -> Option<bool> {
        let stores = &self.context.stores;
        let rollouts = || findings.pools.iter().filter_map(|pool| pool.rollout.as_ref());
        if rollouts().all(|rollout| rollout.replicas == 0) || rollouts().any(|rollout| rollout.ready > 0) {
            stores.forget(self.key);
            return None;
        }
        let before = before.and_then(|before| store_answered(&before.conditions));
        stores.answers(self.key, &format!("{}-fleet", self.key.1), OPERATIONS_PORT, before)
    }

    /// Writes the status if it is another; when to come back for a backlog that is not written yet.
    async fn update_status(
        &self,
        findings: &Findings,
        queues: &[PoolQueues],
        outcome: &Outcome,
        remembered: &mut Remembered,
    ) -> Result<Option<Duration>, ReconcileError> {
        let before = before(self.shop, remembered.written.as_ref());
        let selector = Component::Dispatcher.selector_text(&self.key.1);
        let now = status::status(findings, queues, selector, before, Timestamp::now());
        crate::metrics::ready(self.key, is_ready(&now));
        if !self.context.leadership.is_held() {
            return Ok(None);
        }
        let conditions_before = before.map(|before| before.conditions.clone()).unwrap_or_default();
        let scaled = events::of_scaling(&now, before);
        match decide(&now, before, remembered.written.as_ref()) {
            Decision::Leave => {}
            Decision::Later(later) => return Ok(Some(later)),
            Decision::Write => {
                status::write(&self.context.client, self.shop, &now).await?;
                let mut told = events::of_conditions(&now.conditions, &conditions_before);
                told.extend(scaled);
                told.extend(events::of_changes(&outcome.changes));
                let over = self.shop.metadata.resource_version.clone();
                remembered.written = Some(Written { at: Instant::now(), over, status: now });
                self.context.events.publish(&told, &self.shop.object_ref(&())).await;
                return Ok(None);
            }
        }
        self.context.events.publish(&events::of_changes(&outcome.changes), &self.shop.object_ref(&())).await;
        Ok(None)
    }
}

/// The status as it is: in what was read of the shop, or newer than that.
fn before<'a>(shop: &'a PawnShop, written: Option<&'a Written>) -> Option<&'a PawnShopStatus> {
    match written {
        Some(written) if written.over == shop.metadata.resource_version => Some(&written.status),
        _ => shop.status.as_ref(),
    }
}

fn is_ready(status: &PawnShopStatus) -> bool {
    let ready = |condition: &&_| -> bool {
        let condition: &k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition = condition;
        condition.type_ == ConditionType::Ready.name()
    };
    status.conditions.iter().find(ready).is_some_and(|condition| condition.status == "True")
}

fn count(outcome: &Outcome) {
    for change in &outcome.changes {
        crate::metrics::changed(change);
        tracing::info!(kind = change.kind.name(), name = change.name, what = ?change.what, "changed");
    }
}

fn told(errors: &[ApplyError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What an obstacle and its message are made of.
pub(crate) fn obstacle(reason: &'static str, messages: impl IntoIterator<Item = String>) -> Obstacle {
    Obstacle { reason, message: messages.into_iter().collect::<Vec<_>>().join("; ") }
}
