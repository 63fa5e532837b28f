//! A fleet: all pools of one shop, and the gRPC that its workers answer.

mod plan;

use crate::circuit::Circuits;
use crate::grpc;
use crate::pool::Pool;
use crate::worker::Surroundings;
use crate::{FleetOptions, FleetStatus, PoolStatus, Service, metrics};
use pawnshop_domain::FlowName;
use pawnshop_flow::outcomes::{self, Outcomes};
use pawnshop_flow::{Flow, World};
use pawnshop_messaging::BrokerError;
use pawnshop_store::StoreError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{error::Elapsed, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::service::Routes;

/// A running fleet. Dropped, it ends its workers at once; what they hold comes again.
pub struct Fleet {
    shop: Arc<Surroundings>,
    services: Vec<Service>,
    served: Vec<FlowName>,
    controls: Vec<Control>,
    pools: Mutex<JoinSet<()>>,
    stop: CancellationToken,
    _stop_when_dropped: DropGuard,
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
    /// The store cannot hold the services' collections.
    #[error("cannot declare the collections")]
    DeclareCollections(#[from] StoreError),
    /// The broker cannot hold the flows' queues.
    #[error("cannot declare the queues")]
    DeclareQueues(#[from] BrokerError),
    /// The store or the broker did not answer.
    #[error("cannot declare collections and queues: no answer in time")]
    Declare(#[from] Elapsed),
}

/// The fleet has no such pool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no pool \"{0}\"")]
pub struct UnknownPool(pub String);

impl Fleet {
    /// Declares collections and queues, then starts every pool. Metrics go to the recorder installed by now.
    ///
    /// # Errors
    /// When the pools do not fit the services' flows, or the store or the broker cannot take the declarations.
    pub async fn start(options: FleetOptions) -> Result<Self, FleetError> {
        let FleetOptions { broker, store, services, deadlines, .. } = &options;
        let flows: Vec<Flow> = services.iter().flat_map(|service| service.flows.clone()).collect();
        let plan = plan::assign(&options.pools, &flows)?;
        let served: Vec<FlowName> = plan.iter().flatten().map(|flow| flow.name.clone()).collect();

        // Every service's collections: its queries read them all, whatever this fleet's pools consume.
        let mut collections = vec![outcomes::COLLECTION];
        collections.extend(flows.iter().flat_map(|flow| flow.collections));
        timeout(deadlines.store, store.declare(&collections)).await??;
        timeout(deadlines.broker, broker.declare(&served)).await??;
        metrics::describe();

        let stop = CancellationToken::new();
        let circuits = Circuits::new(
            Arc::clone(broker),
            Arc::clone(store),
            served.clone(),
            options.probes,
            stop.clone(),
        );
        let shop = Arc::new(Surroundings {
            broker: Arc::clone(broker),
            world: World { store: Arc::clone(store), publisher: broker.publisher() },
            outcomes: Outcomes::new(Arc::clone(store), options.retention),
            schedule: options.schedule,
            batch: options.batch,
            deadlines: options.deadlines,
            circuits,
            stuck: Arc::new(AtomicUsize::new(0)),
        });
        let (mut pools, mut controls) = (JoinSet::new(), Vec::new());
        for (pool, flows) in options.pools.into_iter().zip(plan) {
            let (paused, pauses) = watch::channel(pool.paused);
            let pool = Pool::new(pool, flows, Arc::clone(&shop));
            controls.push(Control { status: pool.status(), paused });
            pools.spawn(pool.run(options.sample_every, pauses, stop.clone()));
        }
        let (services, pools, guard) = (options.services, Mutex::new(pools), stop.clone().drop_guard());
        Ok(Self { shop, services, served, controls, pools, stop, _stop_when_dropped: guard })
    }

    /// The flows that some pool serves.
    pub fn served(&self) -> &[FlowName] {
        &self.served
    }

    /// Everything that this fleet answers over gRPC: outcomes, dead letters, and each service's queries.
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
        routes.routes()
    }

    /// The load at the last samples; answered from memory.
    pub fn status(&self) -> FleetStatus {
        FleetStatus {
            pools: self.controls.iter().map(|control| control.status.borrow().clone()).collect(),
            unavailable: self.shop.circuits.unavailable(),
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

    /// Lets every worker finish and settle what it holds, within the drain deadline; what is not settled by then
    /// comes again. A second call returns at once.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        let mut pools = std::mem::take(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner));
        let drained = async { while pools.join_next().await.is_some() {} };
        let deadline: Duration = self.shop.deadlines.drain;
        if timeout(deadline, drained).await.is_err() {
            tracing::warn!(?deadline, "workers still hold events; they come again at the next start");
            pools.shutdown().await;
        }
    }
}
