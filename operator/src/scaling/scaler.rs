//! The scaler of one shop: measures at each reading of its broker, and acts while this process leads.

use super::act::scale;
use super::backend::Backend;
use super::board::{Measured, fresh};
use super::doorbell::ring;
use super::measure::{FlowQueue, Queues, delayed, holds_something};
use super::other::other;
use super::plan::{Plan, PoolPlan};
use super::pods::{Pods, SeenPod};
use super::pool::{Pool, state};
use super::scalers::World;
use super::told::{Change, PoolTold};
use crate::children::ShopKey;
use crate::kind::Kind;
use crate::observe::{Backlog, Observed, Reading};
use k8s_openapi::jiff::Timestamp;
use pawnshop_messaging_rabbitmq::Inspector;
use pawnshop_scaling::{Decision, Seen, Work, decide, value};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

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
    /// What the shop's delay tiers hold.
    delayed: Backlog,
}

/// What is seen of one pool beside its broker's reading.
struct Sight {
    /// How many workers it is to have; `None`: its Deployment is not there.
    workers: Option<u32>,
    /// How many of them are at work.
    busy: u32,
    /// Whether something was handled since the reading before.
    handled: bool,
    /// What is ready in its queues, where these were looked at directly.
    rung: Option<Backlog>,
}

impl Scaler {
    /// Looks at everything once; how long until it must be looked at again whatever happens.
    async fn look(&mut self, plan: &Plan, observed: &Observed, unreadable: Option<&str>) -> Duration {
        let tempo = self.world.tempo;
        let handled: Vec<_> =
            plan.pools.iter().map(|of| self.queues.handled(&observed.reading, &of.queues)).collect();
        let mut asking = self.ask_pods(plan, &observed.reading, handled.contains(&true));
        let delayed = fresh(delayed(&observed.reading, &plan.queue_prefix), observed.seen);
        let look = Look { plan, observed, unreadable, delayed };
        let mut pools = self.pools_of(plan);
        let mut tells = false;
        // Pods that are slow to answer, or gone, keep no pool asleep.
        let pods = loop {
            tells |= self.look_at_sleeping(&mut pools, &handled, &look).await;
            tokio::select! {
                pods = asked(&mut asking) => break pods,
                () = sleep(tempo.asleep) => {}
            }
        };
        let event_bytes = pods.event_bytes();
        for ((pool, of), handled) in pools.iter_mut().zip(&plan.pools).zip(handled) {
            pool.learn(of, &event_bytes);
            let workers = self.workers(of);
            if workers == Some(0) {
                continue;
            }
            let sight = Sight { workers, busy: pods.busy(&of.key.pool, workers), handled, rung: None };
            tells |= self.look_at(pool, of, &look, sight).await;
            if let (true, Pods::Seen(pods)) = (of.is_scaled && self.world.leadership.is_held(), &pods) {
                self.say_who_is_dear(pool, of, pods).await;
            }
        }
        self.pools = pools;
        let asleep = plan.pools.iter().any(|of| of.is_scaled && self.workers(of) == Some(0));
        if !asleep {
            self.doorbell = None;
        }
        self.tell(tells).await;
        if asleep { tempo.asleep } else { tempo.anyway }
    }

    /// Asks the shop's pods, where something is in its queues or was handled: without that none of them is at work.
    fn ask_pods(&self, plan: &Plan, reading: &Reading, handled: bool) -> Option<AbortOnDropHandle<Pods>> {
        let queues = plan.pools.iter().flat_map(|pool| &pool.queues);
        if !handled && !holds_something(reading, queues) {
            return None;
        }
        let (world, (namespace, shop)) = (Arc::clone(&self.world), self.shop.clone());
        let asking = async move { Pods::look(&world.client, &world.workers, &namespace, &shop).await };
        Some(AbortOnDropHandle::new(tokio::spawn(asking)))
    }

    /// What is remembered of the plan's pools, in its order. What else there is the shop no longer has.
    fn pools_of(&mut self, plan: &Plan) -> Vec<Pool> {
        let mut before = std::mem::take(&mut self.pools);
        let pool = |of: &PoolPlan| {
            let known = before.iter().position(|pool| pool.key == of.key);
            let mut pool = known.map_or_else(|| Pool::new(of, plan), |index| before.swap_remove(index));
            pool.adopt(of);
            pool
        };
        let pools = plan.pools.iter().map(pool).collect();
        for gone in before {
            self.world.board.forget(&gone.key);
            crate::metrics::pool_gone(&gone.key);
        }
        pools
    }

    /// Looks at the pools that are to have no workers, for which no pod need be asked. Whether there is something to tell.
    async fn look_at_sleeping(&mut self, pools: &mut [Pool], handled: &[bool], look: &Look<'_>) -> bool {
        let all = pools.iter_mut().zip(&look.plan.pools).zip(handled);
        let asleep: Vec<_> = all.filter(|((_, of), _)| self.workers(of) == Some(0)).collect();
        let ringing = asleep.iter().map(|((_, of), _)| *of).filter(|of| of.is_scaled);
        let ringing: Vec<_> = ringing.map(|of| of.queues.as_slice()).collect();
        let mut rung = self.ring(look.plan, &ringing).await.into_iter();
        // KEDA wakes nothing of which nothing is known: what AMQP does not tell, the statistics may.
        let is_kedas = look.plan.backend == Some(Backend::Keda);
        let mut tells = false;
        for ((pool, of), handled) in asleep {
            let rung = if of.is_scaled { rung.next() } else { None };
            let rung = rung.filter(|ready| !is_kedas || matches!(ready, Backlog::Known(_)));
            let sight = Sight { workers: Some(0), busy: 0, handled: *handled, rung };
            tells |= self.look_at(pool, of, look, sight).await;
        }
        tells
    }

    /// Looks at one pool. Whether there is something to tell.
    async fn look_at(&mut self, pool: &mut Pool, of: &PoolPlan, look: &Look<'_>, sight: Sight) -> bool {
        let Sight { workers, handled, .. } = sight;
        let work = self.measure(pool, of, look, sight);
        let current = workers.unwrap_or_default();
        let seen = Seen { work, delayed: look.delayed.clone(), handled, current };
        self.decide(pool, of, look.plan, seen, workers).await
    }

    /// How many workers a pool is to have; `None`: its Deployment is not there.
    fn workers(&self, pool: &PoolPlan) -> Option<u32> {
        let seen = self.world.children.get(Kind::Deployment, &pool.key.namespace, &pool.deployment)?;
        seen.rollout.map(|rollout| rollout.wanted)
    }

    /// Measures a pool's work, and puts it on the board.
    fn measure(&mut self, pool: &mut Pool, of: &PoolPlan, look: &Look<'_>, sight: Sight) -> Work {
        let observed = look.observed;
        let mut backlog = Backlog::Known(0);
        for queue in &of.queues {
            let mean = pool.told.event_bytes.get(&queue.flow).copied();
            backlog = backlog + self.queues.events(&observed.reading, queue, mean, observed.seen);
        }
        if let Some(why) = look.unreadable {
            backlog = Backlog::Unknown(why.to_owned());
        }
        let (mut at, mut seen) = (observed.at, observed.seen);
        if let Some(ready) = sight.rung {
            tracing::debug!(pool = ?of.key, ?ready, "looked at the queues of a pool that sleeps");
            backlog = ready;
            (at, seen) = (Timestamp::now(), Instant::now());
        }
        let work = Work { backlog: fresh(backlog, seen), busy: sight.busy };
        let measured = Measured {
            value: value(&work, of.rule.limits.backlog_per_worker),
            at,
            seen,
            backlog_per_worker: of.rule.limits.backlog_per_worker,
            stays_awake: matches!(look.delayed, Backlog::Known(1..)) && sight.workers != Some(0),
        };
        crate::metrics::pool(&of.key, &work.backlog, &measured.value);
        match of.is_scaled {
            true => self.world.board.put(of.key.clone(), measured),
            false => self.world.board.forget(&of.key),
        }
        pool.told.set_backlog(work.backlog.clone(), Instant::now());
        work
    }

    /// What is ready in the queues of each of these pools, asked over AMQP; nothing where there is no way.
    async fn ring(&mut self, plan: &Plan, pools: &[&[FlowQueue]]) -> Vec<Backlog> {
        let Some(access) = plan.amqp.as_ref().filter(|_| !pools.is_empty()) else { return Vec::new() };
        let doorbell = match &self.doorbell {
            Some(doorbell) => Arc::clone(doorbell),
            None => match self.world.doorbells.of(access) {
                Ok(doorbell) => Arc::clone(self.doorbell.insert(doorbell)),
                Err(why) => return vec![Backlog::Unknown(why); pools.len()],
            },
        };
        ring(&doorbell, pools, &mut self.queues).await
    }

    /// Decides, acts where that is ours, and takes note of what changed. Whether there is something to tell.
    async fn decide(
        &self,
        pool: &mut Pool,
        of: &PoolPlan,
        plan: &Plan,
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
        let is_followed = matches!(plan.backend, Some(Backend::ExternalMetrics | Backend::Keda));
        let mut tells = false;
        while let Some(change) = pool.unexplained.pop_front() {
            if let Some(later) = pool.told.changed(change, &decision, is_followed) {
                pool.unexplained.push_front(later);
                break;
            }
            tells = true;
        }
        if self.world.leadership.is_held() && self.is_ours_to_do(of, plan, &decision) {
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

/// Whether fewer workers would do, or are all that the pool may have. A minimum or a pause that holds them may end at any
/// time, and whoever removes some then must know already which of them are dear.
fn fewer_would_do(decision: &Decision) -> bool {
    decision.asked.max(1).min(decision.rule.limits.max) < decision.from
}

/// The pods, once they have answered.
async fn asked(asking: &mut Option<AbortOnDropHandle<Pods>>) -> Pods {
    match asking {
        Some(asking) => asking.await.unwrap_or(Pods::Unseen),
        None => Pods::Idle,
    }
}

#[cfg(test)]
mod tests;
