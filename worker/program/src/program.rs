use crate::probes;
use crate::reads::{self, Reads};
use crate::settings::{PROGRAM, WorkerSettings};
use pawnshop_messaging::Broker;
use pawnshop_messaging_rabbitmq::RabbitBroker;
use pawnshop_runtime::metrics::{self, InstallError};
use pawnshop_runtime::operations::{self, Operations, PROBE_DEADLINE};
use pawnshop_runtime::process::{Process, announce};
use pawnshop_runtime::telemetry::LogFormat;
use pawnshop_scaling::Limits;
use pawnshop_store::Store;
use pawnshop_trace::TraceOptions;
use pawnshop_worker::{Fleet, FleetError, FleetOptions, PoolOptions};
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How long the start waits for the store and the broker; it goes on without.
const START_DEADLINE: Duration = Duration::from_secs(2);

/// How often the backlog is read, for its gauge: a pool of fixed size does not need it, and every worker that reads it
/// costs the broker's management API.
const SAMPLE_EVERY: Duration = Duration::from_secs(10);

/// A running worker process.
pub(crate) struct Program {
    fleet: Arc<Fleet>,
    broker: Arc<RabbitBroker>,
    reads: Reads,
    operations: JoinHandle<io::Result<()>>,
    draining: CancellationToken,
    ended: CancellationToken,
    serve_reads_after_stop: Duration,
}

/// Why a worker does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    RecordMetrics(#[from] InstallError),
    #[error(transparent)]
    StartFleet(#[from] FleetError),
    #[error(transparent)]
    ServeReads(#[from] reads::DescribeError),
}

impl Process for Program {
    const NAME: &'static str = PROGRAM.name;
    /// There are many of them, and each holds little for long.
    const HUGE_PAGES: bool = false;
    type Settings = WorkerSettings;
    type Error = StartError;

    fn log_format(settings: &WorkerSettings) -> LogFormat {
        settings.log_format
    }

    fn tracing(settings: &WorkerSettings) -> Option<&TraceOptions> {
        settings.tracing.as_ref()
    }

    /// Starts the workers, serves reads and operations, and says where. Store and broker need not be there.
    async fn start(settings: WorkerSettings) -> Result<Self, StartError> {
        let metrics = metrics::install()?;
        let (reads_listener, reads_address) = listen(settings.listen).await?;
        let (operations_listener, operations_address) = listen(settings.operations_listen).await?;
        let broker = Arc::clone(&settings.backends.broker);
        let store: Arc<dyn Store> = Arc::clone(&settings.backends.store) as _;
        let services = settings.services.clone();
        let serve_reads_after_stop = settings.serve_reads_after_stop;
        let fleet = Arc::new(Fleet::start(fleet_options(settings)).await?);

        let (draining, ended) = (CancellationToken::new(), CancellationToken::new());
        let (router, readiness) = operations::router(Operations {
            liveness: probes::liveness(&fleet),
            readiness: probes::readiness(&fleet, Arc::clone(&broker), store),
            required: probes::required,
            draining: draining.clone(),
            probe_deadline: PROBE_DEADLINE,
            metrics,
        });
        let reads = Reads::start(reads_listener, fleet.routes(), &services, readiness, draining.clone())?;
        let operations = tokio::spawn(operations::serve(operations_listener, router, ended.clone()));
        announce(&format!("reads http://{reads_address}\noperations http://{operations_address}\n"));
        tracing::info!(flows = ?fleet.served().iter().map(|flow| flow.as_str()).collect::<Vec<_>>(), "working");
        Ok(Self { fleet, broker, reads, operations, draining, ended, serve_reads_after_stop })
    }

    /// Works until it is told to end, then ends in good order: nobody is sent here any more, consumers end at once, what they have begun is settled, and
    /// reads are served until whoever balances them has noticed (decision K12).
    async fn serve(self, stop: CancellationToken) -> Result<(), StartError> {
        stop.cancelled().await;
        self.draining.cancel();
        self.fleet.stop_consuming();
        tokio::join!(self.fleet.shutdown(), sleep(self.serve_reads_after_stop));
        self.reads.shutdown().await;
        self.broker.close().await;
        self.ended.cancel();
        match self.operations.await {
            Ok(Ok(())) => tracing::info!("drained"),
            Ok(Err(error)) => tracing::warn!(%error, "the operations listener failed"),
            Err(error) => tracing::warn!(%error, "the operations listener died"),
        }
        Ok(())
    }
}

fn fleet_options(settings: WorkerSettings) -> FleetOptions {
    let (broker, store): (Arc<dyn Broker>, Arc<dyn Store>) =
        (settings.backends.broker, settings.backends.store);
    let workers = settings.concurrency.get();
    let pool = PoolOptions {
        name: settings.pool,
        flows: settings.flows,
        // As many as the process was started for: the pool is scaled in processes.
        limits: Limits { min: workers, max: workers, backlog_per_worker: NonZeroU32::MIN },
        stabilisation: Duration::ZERO,
        config: settings.config,
        paused: false,
    };
    let mut options = FleetOptions::new(broker, store, vec![pool]);
    options.services = settings.services;
    options.schedule = settings.schedule;
    options.retention = settings.outcome_retention;
    options.batch = settings.batch;
    options.linger = settings.linger;
    options.sample_every = SAMPLE_EVERY;
    options.deadlines.start = START_DEADLINE;
    options.deadlines.handler = settings.handler_deadline;
    options.deadlines.drain = settings.drain_deadline;
    options
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bound.await.map_err(|source| StartError::Listen { address, source })
}
