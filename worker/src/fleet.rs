//! A fleet: all pools of one shop, and the gRPC that its workers answer.

mod plan;

use crate::circuit::{Circuits, Needs};
use crate::grpc;
use crate::held::{Held, InHand};
use crate::pace::Pace;
use crate::pool::Pool;
use crate::tally::Tallies;
use crate::timed_store::TimedStore;
use crate::worker::Surroundings;
use crate::{FleetOptions, FleetStatus, PoolStatus, Service, metrics};
use pawnshop_domain::FlowName;
use pawnshop_flow::outcomes::{self, Outcomes};
use pawnshop_flow::{ConfigFault, Flow, PoolConfig, World};
use pawnshop_messaging::BrokerError;
use pawnshop_store::{Store, StoreError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;
use tonic::service::{InterceptorLayer, Routes};
use tonic::{Request, Status};

/// A running fleet. Dropped, it ends its workers at once; what they hold comes again.
pub struct Fleet {
    shop: Arc<Surroundings>,
    services: Vec<Service>,
    served: Vec<FlowName>,
    controls: Vec<Control>,
    pools: Mutex<JoinSet<()>>,
    busy_after: Duration,
    stop: CancellationToken,
    _stop_when_dropped: DropGuard,
    _busy_gauge: AbortOnDropHandle<()>,
}

/// What is held of a running pool.
struct Control {
    status: watch::Receiver<PoolStatus>,
    paused: watch::Sender<bool>,
}

/// Why a fleet does not start.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// Two pools share a name.
    #[error("pool \"{0}\" is listed twice")]
    PoolTwice(String),
    /// A pool has no flow to consume.
    #[error("pool \"{0}\" has no flows")]
    PoolWithoutFlows(String),
    /// No service has this flow.
    #[error("pool \"{pool}\": there is no flow \"{flow}\"; there are {known}")]
    UnknownFlow {
        /// The pool that lists it.
        pool: String,
        /// What it lists.
        flow: FlowName,
        /// Every flow there is, for people.
        known: String,
    },
    /// A flow belongs to at most one pool (decision K11).
    #[error("flow \"{flow}\" is in pool \"{first}\" and in pool \"{second}\"; it belongs in one")]
    FlowTwice {
        /// The flow.
        flow: FlowName,
        /// The pool that lists it first.
        first: String,
        /// The pool that lists it again.
        second: String,
    },
    /// What the pool's flows are told is not what they read.
    #[error("pool \"{pool}\": its config is wrong: {}", .faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Config {
        /// The pool.
        pool: String,
        /// Everything that is wrong.
        faults: Vec<ConfigFault>,
    },
    /// The store answers and cannot hold the services' collections.
    #[error("cannot declare the collections: {0}")]
    DeclareCollections(StoreError),
    /// The broker answers and cannot hold the flows' queues.
    #[error("cannot declare the queues: {0}")]
    DeclareQueues(BrokerError),
}

/// The fleet has no such pool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no pool \"{0}\"")]
pub struct UnknownPool(pub String);

impl Fleet {
    /// Declares collections and queues, then starts every pool. A store or a broker that is merely away does not
    /// keep it from starting: flows stand still, and reads are answered `UNAVAILABLE`, until it answers. Metrics go
    /// to the recorder installed by now.
    ///
    /// # Errors
    /// When the pools do not fit the services' flows, or the store or the broker refuses the declarations.
    pub async fn start(options: FleetOptions) -> Result<Self, FleetError> {
        let FleetOptions { broker, services, deadlines, .. } = &options;
        let flows: Vec<Flow> = services.iter().flat_map(|service| service.flows.clone()).collect();
        let plan = plan::assign(&options.pools, &flows)?;
        let served: Vec<FlowName> = plan.iter().flatten().map(|flow| flow.name.clone()).collect();

        // Every service's collections: its queries read them all, whatever this fleet's pools consume.
        let mut collections = vec![outcomes::COLLECTION];
        collections.extend(flows.iter().flat_map(|flow| flow.collections));
        metrics::describe();
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let circuits = Circuits::new(Needs {
            broker: Arc::clone(broker),
            store: Arc::clone(&options.store),
            flows: served.clone(),
            collections,
            deadlines: *deadlines,
            probes: options.probes,
            stop: stop.clone(),
        });
        circuits.begin().await?;

        let store: Arc<dyn Store> = Arc::new(TimedStore::over(Arc::clone(&options.store), deadlines.store));
        let held = Arc::default();
        let shop = Arc::new(Surroundings {
            broker: Arc::clone(broker),
            world: World {
                store: Arc::clone(&store),
                publisher: broker.publisher(),
                config: PoolConfig::default(),
            },
            outcomes: Outcomes::new(store, options.retention),
            schedule: options.schedule,
            pace: Arc::new(Pace::new(options.batch)),
            linger: options.linger,
            deadlines: options.deadlines,
            circuits,
            stuck: Arc::new(AtomicUsize::new(0)),
            held: Arc::clone(&held),
            tallies: Tallies::of(&served),
        });
        let (mut pools, mut controls) = (JoinSet::new(), Vec::new());
        for (pool, flows) in options.pools.into_iter().zip(plan) {
            let (paused, pauses) = watch::channel(pool.paused);
            let pool = Pool::new(pool, flows, Arc::clone(&shop));
            controls.push(Control { status: pool.status(), paused });
            pools.spawn(pool.run(options.sample_every, pauses, stop.clone()));
        }
        let busy_gauge = export_busy(held, options.busy_after);
        Ok(Self {
            shop,
            services: options.services,
            served,
            controls,
            pools: Mutex::new(pools),
            busy_after: options.busy_after,
            stop,
            _stop_when_dropped: guard,
            _busy_gauge: AbortOnDropHandle::new(tokio::spawn(busy_gauge)),
        })
    }

    /// The flows that some pool serves.
    pub fn served(&self) -> &[FlowName] {
        &self.served
    }

    /// Everything that this fleet answers over gRPC: outcomes, dead letters, each service's queries, and its figures.
    /// It goes on answering while the workers stop and after they have.
    pub fn routes(&self) -> Routes {
        let flows: Vec<Flow> = self.services.iter().flat_map(|service| service.flows.clone()).collect();
        let mut routes = Routes::builder();
        routes.add_service(grpc::outcomes(self.shop.outcomes.clone(), flows, self.shop.deadlines));
        routes.add_service(grpc::dead_letters(
            self.shop.outcomes.clone(),
            Arc::clone(&self.shop.world.publisher),
            self.shop.deadlines,
        ));
        for service in &self.services {
            (service.queries)(&mut routes, Arc::clone(&self.shop.world.store));
        }
        let circuits = Arc::clone(&self.shop.circuits);
        let once_declared = move |request: Request<()>| match circuits.declared() {
            true => Ok(request),
            false => Err(Status::unavailable("the store has not answered since this worker started")),
        };
        let reads = routes.routes().into_axum_router().layer(InterceptorLayer::new(once_declared));
        let reads = grpc::traced(reads);
        // Behind no such layer, and in no trace: a worker whose store is away has figures all the same.
        let statuses = self.controls.iter().map(|control| control.status.clone()).collect();
        let (tallies, circuits) = (self.shop.tallies.clone(), Arc::clone(&self.shop.circuits));
        Routes::from(reads).add_service(grpc::figures(statuses, tallies, circuits))
    }

    /// Whether the store has answered since the start, so that reads can be.
    pub fn can_read(&self) -> bool {
        self.shop.circuits.declared()
    }

    /// The load at the last samples; answered from memory.
    pub fn status(&self) -> FleetStatus {
        FleetStatus {
            pools: self.controls.iter().map(|control| control.status.borrow().clone()).collect(),
            unavailable: self.shop.circuits.unavailable(),
            busy_workers: self.shop.held.longer_than(self.busy_after),
            stuck_handlers: self.shop.stuck.load(Ordering::Relaxed),
        }
    }

    /// Takes a pool's workers away, draining them, or lets it have them again.
    ///
    /// # Errors
    /// When there is no pool of this name.
    pub fn set_paused(&self, pool: &str, paused: bool) -> Result<(), UnknownPool> {
        let control = self.controls.iter().find(|control| control.status.borrow().name == pool);
        control.ok_or_else(|| UnknownPool(pool.to_owned()))?.paused.send_replace(paused);
        Ok(())
    }

    /// Cancels every consumer at once: workers finish and settle what they have begun, what they have not comes to
    /// others. Reads are answered as before. [`Fleet::shutdown`] waits for the workers.
    pub fn stop_consuming(&self) {
        self.stop.cancel();
    }

    /// Lets every worker finish and settle what it holds, within the drain deadline; what is not settled by then
    /// comes again. A second call returns at once.
    pub async fn shutdown(&self) {
        self.stop_consuming();
        let mut pools = std::mem::take(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner));
        let drained = async { while pools.join_next().await.is_some() {} };
        let deadline: Duration = self.shop.deadlines.drain;
        if timeout(deadline, drained).await.is_err() {
            tracing::warn!(?deadline, "workers still hold events; they come again at the next start");
            pools.shutdown().await;
        }
    }
}

async fn export_busy(held: Arc<Held>, busy_after: Duration) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    let mut in_hand = InHand::default();
    loop {
        ticks.tick().await;
        metrics::busy(held.longer_than(busy_after));
        metrics::in_hand(in_hand.mean(&held));
    }
}
