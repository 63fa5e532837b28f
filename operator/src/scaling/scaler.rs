//! The scaler of one shop: measures at each reading of its broker, and acts while this process leads.

use super::act::scale;
use super::backend::Backend;
use super::board::{Measured, fresh};
use super::figures;
use super::measure::{Queues, delayed, holds_something};
use super::other::other;
use super::plan::{Plan, PoolPlan};
use super::pods::{SeenPod, busy, look};
use super::pool::{Pool, state};
use super::scalers::World;
use super::told::{Change, PoolTold};
use crate::children::ShopKey;
use crate::kind::Kind;
use crate::observe::{Backlog, Observed, Reading};
use k8s_openapi::jiff::Timestamp;
use pawnshop_messaging_rabbitmq::Inspector;
use pawnshop_scaling::{Decision, Seen, Work, decide, value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// The readings of a shop's broker, or why there are none.
pub(super) type Readings = Result<watch::Receiver<Arc<Observed>>, String>;

/// What a scaler is told to do.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    pub(super) plan: Arc<Plan>,
    pub(super) readings: Readings,
}

/// Scales this shop for as long as it is not dropped.
pub(super) async fn run(
    shop: ShopKey,
    world: Arc<World>,
    mut orders: watch::Receiver<Orders>,
    told: Arc<Mutex<Vec<PoolTold>>>,
) {
    let mut scaler =
        Scaler { shop, world, pools: Vec::new(), queues: Queues::default(), doorbell: None, told };
    loop {
        let Orders { plan, mut readings } = orders.borrow_and_update().clone();
        let observed = match &mut readings {
            Ok(readings) => Arc::clone(&readings.borrow_and_update()),
            Err(_) => Arc::new(Observed::now(Reading::None)),
        };
        let why = readings.as_ref().err().map(String::as_str);
        // Boxed: it is far larger than all that is kept while nothing happens.
        let pause = Box::pin(scaler.look(&plan, &observed, why)).await;
        tokio::select! {
            changed = orders.changed() => if changed.is_err() { return },
            () = next(&mut readings) => {}
            () = sleep(pause) => {}
        }
    }
}

async fn next(readings: &mut Readings) {
    if let Ok(readings) = readings
        && readings.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

struct Scaler {
    shop: ShopKey,
    world: Arc<World>,
    /// In the order of the plan that was followed last.
    pools: Vec<Pool>,
    queues: Queues,
    /// Open while a pool sleeps.
    doorbell: Option<Arc<Inspector>>,
    told: Arc<Mutex<Vec<PoolTold>>>,
}

/// What one look goes by.
struct Look<'a> {
    plan: &'a Plan,
    observed: &'a Observed,
    /// Why there is no reading, where there is none.
    unreadable: Option<&'a str>,
    pods: &'a Pods,
    /// The mean bytes of an event by flow, as these pods tell them.
    event_bytes: BTreeMap<String, f64>,
    /// Whether delay tiers hold something, as far as is known.
    stays_awake: bool,
    leads: bool,
}

/// A shop's pods.
enum Pods {
    /// They have nothing to do, and were not asked.
    Idle,
    /// These run.
    Seen(Vec<SeenPod>),
    /// Nobody knows: all of them may be busy (decision K1).
    Unseen,
}

impl Scaler {
    /// Looks at everything once; how long until it must be looked at again whatever happens.
    async fn look(&mut self, plan: &Plan, observed: &Observed, unreadable: Option<&str>) -> Duration {
        let (leads, tempo) = (self.world.leadership.is_held(), self.world.tempo);
        let handled: Vec<_> =
            plan.pools.iter().map(|of| self.queues.handled(&observed.reading, &of.queues)).collect();
        let pods = self.pods(plan, &observed.reading, handled.contains(&true)).await;
        let delayed = fresh(delayed(&observed.reading, &plan.queue_prefix), observed.seen);
        let stays_awake = matches!(delayed, Backlog::Known(1..));
        let event_bytes = match &pods {
            Pods::Seen(pods) => figures::event_bytes(pods.iter().filter_map(|pod| pod.figures.as_ref())),
            Pods::Idle | Pods::Unseen => BTreeMap::new(),
        };
        let look = Look { plan, observed, unreadable, pods: &pods, event_bytes, stays_awake, leads };
        let (mut asleep, mut tells) = (false, false);
        let mut before = std::mem::replace(&mut self.pools, Vec::with_capacity(plan.pools.len()));
        for (of, handled) in plan.pools.iter().zip(handled) {
            let known = before.iter().position(|pool| pool.key == of.key);
            let mut pool = known.map_or_else(|| Pool::new(of, plan), |index| before.swap_remove(index));
            pool.adopt(of);
            let workers = self.workers(of);
            let work = self.measure(&mut pool, of, &look, workers).await;
            asleep |= rings(of, plan, workers);
            let seen = Seen { work, delayed: delayed.clone(), handled, current: workers.unwrap_or_default() };
            tells |= self.decide(&mut pool, of, &look, seen, workers).await;
            if let (true, Pods::Seen(pods)) = (leads && of.is_scaled, &pods) {
                self.say_who_is_dear(&mut pool, of, pods).await;
            }
            self.pools.push(pool);
        }
        // What is left of them the shop no longer has.
        for gone in before {
            self.world.board.forget(&gone.key);
            crate::metrics::pool_gone(&gone.key);
        }
        if !asleep {
            self.doorbell = None;
        }
        self.tell(tells).await;
        if asleep { tempo.asleep } else { tempo.anyway }
    }

    /// The shop's pods, where something is in its queues or was handled. Without that none of them is at work.
    async fn pods(&self, plan: &Plan, reading: &Reading, handled: bool) -> Pods {
        let queues = plan.pools.iter().flat_map(|pool| &pool.queues);
        if !handled && !holds_something(reading, queues) {
            return Pods::Idle;
        }
        match look(&self.world.client, &self.world.workers, &self.shop.0, &self.shop.1).await {
            Ok(pods) => Pods::Seen(pods),
            Err(error) => {
                tracing::debug!(%error, shop = ?self.shop, "pods cannot be listed");
                Pods::Unseen
            }
        }
    }

    /// How many workers a pool is to have; `None`: its Deployment is not there.
    fn workers(&self, pool: &PoolPlan) -> Option<u32> {
        let seen = self.world.children.get(Kind::Deployment, &pool.key.namespace, &pool.deployment)?;
        seen.rollout.map(|rollout| rollout.wanted)
    }

    /// Measures a pool's work, and puts it on the board.
    async fn measure(
        &mut self,
        pool: &mut Pool,
        of: &PoolPlan,
        look: &Look<'_>,
        workers: Option<u32>,
    ) -> Work {
        let &Look { plan, observed, unreadable, pods, .. } = look;
        let mut backlog = Backlog::Known(0);
        for queue in &of.queues {
            if let Some(mean) = look.event_bytes.get(&queue.flow) {
                pool.told.event_bytes.insert(queue.flow.clone(), *mean);
            }
            let mean = pool.told.event_bytes.get(&queue.flow).copied();
            backlog = backlog + self.queues.events(&observed.reading, queue, mean, observed.seen);
        }
        if let Some(why) = unreadable {
            backlog = Backlog::Unknown(why.to_owned());
        }
        let (mut at, mut seen) = (observed.at, observed.seen);
        if rings(of, plan, workers)
            && let Some(ready) = self.ring(of, plan).await
        {
            tracing::debug!(pool = ?of.key, ?ready, "looked at the queues of a pool that sleeps");
            backlog = ready;
            (at, seen) = (Timestamp::now(), Instant::now());
        }
        let busy = match pods {
            Pods::Idle => 0,
            Pods::Seen(pods) => busy(pods, &of.key.pool, workers),
            Pods::Unseen => workers.unwrap_or_default(),
        };
        let work = Work { backlog: fresh(backlog, seen), busy };
        let measured = Measured {
            value: value(&work, of.rule.limits.backlog_per_worker),
            at,
            seen,
            backlog_per_worker: of.rule.limits.backlog_per_worker,
            stays_awake: look.stays_awake && workers != Some(0),
        };
        crate::metrics::pool(&of.key, &work.backlog, &measured.value);
        match of.is_scaled {
            true => self.world.board.put(of.key.clone(), measured),
            false => self.world.board.forget(&of.key),
        }
        pool.told.set_backlog(work.backlog.clone(), Instant::now());
        work
    }

    /// The messages that are ready in the queues of a pool that sleeps, asked over AMQP; `None`: there is no way.
    async fn ring(&mut self, of: &PoolPlan, plan: &Plan) -> Option<Backlog> {
        let access = plan.amqp.as_ref()?;
        let doorbell = match &self.doorbell {
            Some(doorbell) => Arc::clone(doorbell),
            None => match self.world.doorbells.of(access) {
                Ok(doorbell) => Arc::clone(self.doorbell.insert(doorbell)),
                Err(why) => return Some(Backlog::Unknown(why)),
            },
        };
        let mut sum = Backlog::Known(0);
        for queue in &of.queues {
            sum = sum
                + match doorbell.ready(&queue.queue).await {
                    // One event is enough to wake it, whatever is not known of the others.
                    Ok(Some(ready @ 1..)) => {
                        self.queues.holds_something(&queue.queue);
                        return Some(Backlog::Known(ready));
                    }
                    Ok(Some(0)) => Backlog::Known(0),
                    Ok(None) => Backlog::Unknown(format!("the queue {} is not declared", queue.queue)),
                    Err(error) => Backlog::Unknown(error.to_string()),
                };
        }
        Some(sum)
    }

    /// Decides, acts where that is ours, and takes note of what changed. Whether there is something to tell.
    async fn decide(
        &self,
        pool: &mut Pool,
        of: &PoolPlan,
        look: &Look<'_>,
        seen: Seen,
        workers: Option<u32>,
    ) -> bool {
        let scaled = workers.filter(|_| of.is_scaled);
        crate::metrics::workers(&of.key, scaled.map(|now| (now, of.rule.limits.max)));
        let Some(now) = scaled else {
            pool.told.decision = None;
            pool.workers = workers;
            return false;
        };
        let decision = decide(&mut pool.memory, Instant::now().into_std(), &of.rule, &seen);
        if let Some(before) = pool.workers.replace(now).filter(|before| *before != now) {
            crate::metrics::rescaled(&of.key, before, now);
            pool.unexplained.push_back(Change::seen(before, now, pool.told.decision.take()));
        }
        let is_followed = matches!(look.plan.backend, Some(Backend::ExternalMetrics | Backend::Keda));
        let mut tells = false;
        while let Some(change) = pool.unexplained.pop_front() {
            if let Some(later) = pool.told.changed(change, &decision, is_followed) {
                pool.unexplained.push_front(later);
                break;
            }
            tells = true;
        }
        if look.leads && self.is_ours_to_do(of, look.plan, &decision) {
            self.act(of, &decision).await;
        }
        pool.told.decision = Some(decision);
        tells
    }

    /// A HorizontalPodAutoscaler does all but what is between 0 and 1; KEDA does that too. Whoever scaled before must be
    /// gone (decision K5).
    fn is_ours_to_do(&self, of: &PoolPlan, plan: &Plan, decision: &Decision) -> bool {
        let is_edge = decision.from == 0 || decision.to == 0;
        let Some(backend) = plan.backend.filter(|_| decision.changes()) else { return false };
        let is_ours = match backend {
            Backend::ExternalMetrics => is_edge,
            Backend::Builtin => true,
            Backend::Keda => false,
        };
        is_ours && other(&self.world.children, &of.key.namespace, &of.deployment, backend).is_none()
    }

    async fn act(&self, of: &PoolPlan, decision: &Decision) {
        let (namespace, deployment) = (&of.key.namespace, &of.deployment);
        let done = scale(&self.world.client, namespace, deployment, decision.from, decision.to).await;
        match done {
            Ok(true) => {
                crate::metrics::scaled(decision);
                tracing::info!(%namespace, %deployment, %decision, "scaled");
            }
            // Somebody else was faster; the next look tells.
            Ok(false) => {}
            Err(error) if crate::client::is_not_leading(&error) => {}
            Err(error) => {
                tracing::warn!(%namespace, %deployment, %error, "could not be scaled; trying again")
            }
        }
    }

    /// While fewer workers would do, those that are busy are said to be dear.
    async fn say_who_is_dear(&self, pool: &mut Pool, of: &PoolPlan, pods: &[SeenPod]) {
        let fewer_would_do =
            |decision: &Decision| of.rule.limits.hold(decision.asked) < decision.from && !of.rule.paused;
        if !pool.told.decision.as_ref().is_some_and(fewer_would_do) {
            return;
        }
        let its: Vec<_> =
            pods.iter().filter(|pod| pod.pool.as_ref() == Some(&of.key.pool)).cloned().collect();
        pool.marks.tell(&self.world.client, &of.key.namespace, &its, Instant::now()).await;
    }

    /// Puts what is known where the status is made of it, and asks for one where that is another state.
    async fn tell(&self, is_changed: bool) {
        let now: Vec<_> = self.pools.iter().map(|pool| pool.told.clone()).collect();
        let before = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *told, now.clone())
        };
        let states = |told: &[PoolTold]| told.iter().map(state).collect::<Vec<_>>();
        if is_changed || states(&before) != states(&now) {
            // A controller that is gone has no status to write either.
            let _ = self.world.changed.send(self.shop.clone()).await;
        }
    }
}

/// Whether a pool's queues are looked at directly: where it has so many workers, which is none, and waking it is ours.
fn rings(of: &PoolPlan, plan: &Plan, workers: Option<u32>) -> bool {
    of.is_scaled && workers == Some(0) && plan.backend != Some(Backend::Keda)
}

#[cfg(test)]
mod tests;
