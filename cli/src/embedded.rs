//! A whole shop in this process: the embedded queue and store in one data folder, a fleet of workers, and a
//! dispatcher that reaches them through the same gRPC contract as everywhere, without a socket.

mod admin_address;
mod options;
mod probes;

pub use admin_address::ADMIN_ADDRESS_FILE;
pub use options::{Options, Synchronous};

use admin_address::AdminAddress;
use pawnshop_dispatcher::{Dispatcher, DispatcherOptions};
use pawnshop_domain::{FlowName, IdError, ShopName};
use pawnshop_messaging::{Broker, RetrySchedule};
use pawnshop_messaging_embedded::{EmbeddedBroker, EmbeddedOptions};
use pawnshop_resource::ResolvedPool;
use pawnshop_scaling::Limits;
use pawnshop_sqlite::{DataFolder, OpenError};
use pawnshop_store::Store;
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use pawnshop_worker::{Fleet, FleetError, FleetOptions, PoolOptions};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

/// Where a shop keeps its data when nobody says otherwise.
pub const DEFAULT_DATA_FOLDER: &str = "./pawnshop-data";

/// A running shop. Dropped, it ends at once, as if the process had been killed; [`Shop::shutdown`] drains it.
pub struct Shop {
    name: ShopName,
    pools: Vec<ResolvedPool>,
    dispatcher: Dispatcher,
    fleet: Arc<Fleet>,
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
    admin_address: AdminAddress,
    folder: DataFolder,
}

/// Why a shop does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder, or a file in it, cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The resource holds a name that its parser would have refused.
    #[error("the shop's resource is not valid: {0}")]
    Resource(#[from] IdError),
    /// The workers do not start.
    #[error("the workers do not start")]
    Fleet(#[from] FleetError),
    /// The dispatcher does not start.
    #[error(transparent)]
    Dispatcher(#[from] pawnshop_dispatcher::StartError),
    /// Metrics cannot be recorded.
    #[error(transparent)]
    Metrics(#[from] pawnshop_runtime::metrics::InstallError),
    /// The file that tells where the admin listener is cannot be written.
    #[error("cannot write down the admin address in {path}: {source}")]
    AdminAddress {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Shop {
    /// Opens the data folder and starts everything; serves once it returns.
    ///
    /// # Errors
    /// When the folder is in use, damaged or of a newer release, an address cannot be listened on, or the
    /// resource does not fit this program.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let name = options.shop.shop_name()?;
        let pools = options.shop.resolved_pools(&pawnshop_worker::services::default_flow_names())?;
        let schedule = options.shop.retry_delays().map(RetrySchedule::new).unwrap_or_default();
        // Before anything that counts: what is counted earlier is lost.
        pawnshop_runtime::metrics::install()?;

        let folder = DataFolder::open(&options.data)?;
        let queue = EmbeddedBroker::open(
            &folder,
            EmbeddedOptions {
                schedule: schedule.clone(),
                synchronous: options.synchronous,
                ..EmbeddedOptions::default()
            },
        )?;
        warn_of_unserved(&queue, &pools);
        let broker: Arc<dyn Broker> = Arc::new(queue);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(
            &folder,
            SqliteStoreOptions {
                synchronous: options.synchronous,
                sweep_every: options.sweep_every,
                ..SqliteStoreOptions::default()
            },
        )?);
        let pool_options = pools.iter().map(|pool| pool_options(pool, options.paused)).collect();
        let mut fleet_options = FleetOptions::new(Arc::clone(&broker), Arc::clone(&store), pool_options);
        fleet_options.schedule = schedule;
        if let Some(retention) = options.shop.outcome_retention() {
            fleet_options.retention = retention;
        }
        let fleet = Arc::new(Fleet::start(fleet_options).await?);

        let workers = pawnshop_rpc::in_process(fleet.routes());
        let mut dispatcher_options =
            DispatcherOptions::new(name.clone(), broker.publisher(), workers, fleet.served().to_vec());
        dispatcher_options.listen = options.listen;
        dispatcher_options.admin_listen = options.admin_listen;
        dispatcher_options.probes = probes::of(&broker, &store);
        dispatcher_options.liveness = probes::liveness(&fleet);
        let dispatcher = Dispatcher::start(dispatcher_options).await?;
        let admin_address = AdminAddress::write(&folder, dispatcher.admin_addr())?;
        Ok(Self { name, pools, dispatcher, fleet, broker, store, admin_address, folder })
    }

    /// The shop's full name.
    pub fn name(&self) -> &ShopName {
        &self.name
    }

    /// The pools as they run.
    pub fn pools(&self) -> &[ResolvedPool] {
        &self.pools
    }

    /// Where the public listener is.
    pub fn addr(&self) -> SocketAddr {
        self.dispatcher.addr()
    }

    /// Where the admin listener is.
    pub fn admin_addr(&self) -> SocketAddr {
        self.dispatcher.admin_addr()
    }

    /// Where the data is.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The workers.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The queue; for tests and benchmarks.
    pub fn broker(&self) -> &Arc<dyn Broker> {
        &self.broker
    }

    /// The store; for tests and benchmarks.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Ends in good order: requests under way are answered while the workers still work, then the workers
    /// finish what they hold.
    pub async fn shutdown(self) {
        self.admin_address.remove();
        self.dispatcher.shutdown().await;
        self.fleet.shutdown().await;
    }
}

/// The flows that this program has, and a pool can list.
pub fn known_flows() -> Vec<FlowName> {
    pawnshop_worker::services::flow_names()
}

/// Such events are safe, but would wait for ever without a word.
fn warn_of_unserved(queue: &EmbeddedBroker, pools: &[ResolvedPool]) {
    let served: Vec<_> = pools.iter().flat_map(|pool| pool.flows.iter().cloned()).collect();
    for (flow, events) in queue.unserved(&served) {
        tracing::warn!(
            %flow,
            events,
            "events wait in the queue and no pool serves their flow: add it to a pool to have them applied"
        );
    }
}

fn pool_options(pool: &ResolvedPool, paused: bool) -> PoolOptions {
    PoolOptions {
        name: pool.name.clone(),
        flows: pool.flows.clone(),
        limits: Limits {
            min: pool.min,
            max: pool.max,
            backlog_per_worker: NonZeroU32::new(pool.backlog_per_worker).unwrap_or(NonZeroU32::MIN),
        },
        stabilisation: pool.scale_in_stabilization,
        config: pool.config.clone().into(),
        paused,
    }
}

#[cfg(test)]
mod tests {
    /// The one is compiled in, the other generated: a shop without pools must be the same here and in Kubernetes.
    #[test]
    fn the_flows_of_a_shop_without_pools_are_those_that_the_operator_knows() {
        let here = pawnshop_worker::services::default_flow_names();
        assert_eq!(here, pawnshop_resource::default_flows());
        assert!(!here.is_empty() && here.len() < super::known_flows().len());
    }
}
