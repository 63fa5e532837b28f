//! The order of a start and of an end.

use crate::caches::Caches;
use crate::capabilities::Capabilities;
use crate::children::{Children, ShopKey};
use crate::client::{ClientError, Clients};
use crate::controller::{self, Pace};
use crate::discovery;
use crate::events::Events;
use crate::external_metrics::{self, ServeError, Served};
use crate::keda;
use crate::kind::Kind;
use crate::leader::{Ended, Keeper, KubeLeases, Leadership, campaign};
use crate::listen::listen;
use crate::memory::Memory;
use crate::observe::{Brokers, Stores, Workers};
use crate::options::Options;
use crate::reconcile::Context;
use crate::scaling::backend::Registration;
use crate::scaling::board::Board;
use crate::scaling::{AmqpDoorbells, Scalers, Tempo, World};
use crate::watches::{Scope, follow};
use kube::Client;
use pawnshop_runtime::metrics::InstallError;
use pawnshop_runtime::operations::{self, Operations, PROBE_DEADLINE};
use pawnshop_runtime::process::{self, Process, announce};
use pawnshop_runtime::telemetry::LogFormat;
use pawnshop_runtime::{DependencyState, DependencyStatus, metrics};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// How long what is under way may take to end once the operator is to stop.
const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

/// How long this replica still answers who asks for metrics once another may lead: as long as API servers and KEDA take
/// to hear that its endpoint is gone. Until then what they ask here would fail.
const ASKED_AFTER_STOP: Duration = Duration::from_secs(5);

/// Shops that may wait to be looked at before those who tell of them wait in turn.
const WAITING_SHOPS: usize = 1024;

/// What the caches await beside the kinds of objects that every cluster has.
const SHOPS: &str = "PawnShop";
const APIS: &str = "the cluster's APIs";

/// Why an operator does not start, or ends by itself.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    RecordMetrics(#[from] InstallError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("no HTTP client can be made: {0}")]
    HttpClient(#[from] reqwest::Error),
    #[error(transparent)]
    ServeExternalMetrics(#[from] ServeError),
    #[error("the lease is lost; starting anew is the way to run for it again")]
    LeaseLost,
    #[error("the {0} ended unexpectedly; this is a fault of the operator")]
    Died(&'static str),
}

/// Runs an operator until SIGTERM or Ctrl-C. A second signal ends the process at once, with status 130.
pub fn run() -> ExitCode {
    process::run::<Operator>(Options::load)
}

/// A running operator.
struct Operator {
    campaign: JoinHandle<Ended>,
    controlling: JoinHandle<()>,
    _watching: AbortOnDropHandle<()>,
    operations: JoinHandle<io::Result<()>>,
    external_metrics: Served,
    /// This process's, as the Lease has it.
    identity: String,
    keda: Option<AbortOnDropHandle<io::Result<()>>>,
    /// Nothing new is begun.
    draining: CancellationToken,
    /// Another may lead.
    resign: CancellationToken,
    ended: CancellationToken,
}

impl Process for Operator {
    const NAME: &'static str = "pawnshop-operator";
    /// What is kept of many shops is many small things between others that go.
    const HUGE_PAGES: bool = false;
    type Settings = Options;
    type Error = RunError;

    fn log_format(options: &Options) -> LogFormat {
        options.log_format
    }

    /// Runs for the lease, watches, and works on shops for as long as it leads.
    async fn start(options: Options) -> Result<Self, RunError> {
        let metrics = metrics::install()?.and(crate::metrics::render_shops);
        crate::metrics::describe();
        let (keeper, leadership) = Leadership::new();
        let clients = Clients::inferred(&leadership, &options.api).await?;
        let (listener, address) = bound(options.operations_listen).await?;

        let caches = caches(options.external_metrics.enabled);
        let (draining, ended) = (CancellationToken::new(), CancellationToken::new());
        let (router, _) = operations::router(Operations {
            liveness: Vec::new(),
            readiness: vec![Arc::new(caches.clone())],
            required,
            draining: draining.clone(),
            probe_deadline: PROBE_DEADLINE,
            metrics,
        });
        let operations = tokio::spawn(operations::serve(listener, router, ended.clone()));
        announce(&format!("operations http://{address}\n"));

        let board = Arc::new(Board::default());
        let external_metrics = external_metrics::serve(
            options.external_metrics.clone(),
            &clients,
            &leadership,
            &options.api,
            Arc::clone(&board),
            &caches,
            ended.clone(),
        )
        .await?;
        if let Some(address) = external_metrics.address {
            announce(&format!("metrics https://{address}\n"));
        }
        let keda = match &options.defaults.scaler_address {
            Some(_) => {
                let (scaler, _) = bound(options.scaler_listen).await?;
                let serving = keda::serve(scaler, Arc::clone(&board), ended.clone());
                Some(AbortOnDropHandle::new(tokio::spawn(serving)))
            }
            None => None,
        };
        let identity = options.candidate.identity.clone();
        let workers = Workers::new()?;
        let registration = external_metrics.registration.clone();
        let resign = CancellationToken::new();
        let campaign = lead(&clients, &options, keeper, &leadership, &resign);
        let (watching, controlling) = control(
            &clients,
            options,
            leadership,
            Seen { caches, workers, board, registration },
            draining.clone(),
        );
        Ok(Self {
            campaign,
            controlling,
            _watching: watching,
            operations,
            external_metrics,
            identity,
            keda,
            draining,
            resign,
            ended,
        })
    }

    /// Operates until it is told to end, or may no longer: without its lease it ends at once.
    async fn serve(mut self, stop: CancellationToken) -> Result<(), RunError> {
        let result = tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = &mut self.campaign => return Err(match ended {
                Ok(Ended::Lost) => RunError::LeaseLost,
                Ok(Ended::Stopped) | Err(_) => RunError::Died("campaign for the lease"),
            }),
            _ = &mut self.controlling => Err(RunError::Died("controller")),
        };
        // In this order: nothing new is begun, what was begun is done, what nobody could answer is asked no more, only then may
        // another lead, and last nobody asks here.
        self.draining.cancel();
        if result.is_ok() && timeout(DRAIN_DEADLINE, &mut self.controlling).await.is_err() {
            tracing::warn!("what was under way took too long to end");
            self.controlling.abort();
        }
        if result.is_ok() {
            self.external_metrics.part(&self.identity).await;
        }
        self.resign.cancel();
        if self.campaign.await.is_err() {
            tracing::warn!("the campaign for the lease died");
        }
        let is_asked = self.external_metrics.address.is_some() || self.keda.is_some();
        if result.is_ok() && is_asked {
            sleep(ASKED_AFTER_STOP).await;
        }
        self.ended.cancel();
        if let Ok(Err(error)) = self.operations.await {
            tracing::warn!(%error, "the operations listener failed");
        }
        result
    }
}

/// The lists that must have come before anything is judged by them, or answered. Kinds that only some clusters have are
/// not among them: what such a list brings later is looked at later.
fn caches(serves_external_metrics: bool) -> Caches {
    let always = Kind::ALL.into_iter().filter(|kind| kind.is_served(&Capabilities::default()));
    let served = external_metrics::AWAITED.into_iter().filter(|_| serves_external_metrics);
    Caches::awaiting(always.map(Kind::name).chain([SHOPS, APIS]).chain(served))
}

/// An operator is ready once it knows all: neither the lease nor a broker matters (decision K2).
fn required(found: &[DependencyStatus]) -> bool {
    found.iter().all(|found| found.state == DependencyState::Ok)
}

/// Runs for the lease, and tells by a metric whether it is held.
fn lead(
    clients: &Clients,
    options: &Options,
    keeper: Keeper,
    leadership: &Leadership,
    resign: &CancellationToken,
) -> JoinHandle<Ended> {
    let candidate = options.candidate.clone();
    let leases = KubeLeases::new(clients.unguarded.clone(), &candidate.lease_namespace);
    let mut leadership = leadership.clone();
    crate::metrics::leads(false);
    tokio::spawn({
        let resign = resign.clone();
        async move {
            tokio::select! {
                ended = campaign(&leases, &candidate, keeper, &resign) => ended,
                () = async { leadership.held().await; crate::metrics::leads(true); std::future::pending().await } => {
                    Ended::Stopped
                }
            }
        }
    })
}

/// What a controller sees beside its watches, and where it puts what it measured.
struct Seen {
    caches: Caches,
    workers: Workers,
    board: Arc<Board>,
    registration: watch::Receiver<Registration>,
}

/// Starts the watches and the controller that they feed.
fn control(
    clients: &Clients,
    options: Options,
    leadership: Leadership,
    seen: Seen,
    stop: CancellationToken,
) -> (AbortOnDropHandle<()>, JoinHandle<()>) {
    let Seen { caches, workers, board, registration } = seen;
    let workers = Arc::new(workers);
    let client = clients.guarded.clone();
    let (changed, changes) = mpsc::channel(WAITING_SHOPS);
    let (known, capabilities) = watch::channel(Capabilities::default());
    let children = Arc::new(Children::default());
    let watching = Watching {
        client: client.clone(),
        scope: options.scope.clone(),
        watch: options.api.watch,
        children: Arc::clone(&children),
        caches: caches.clone(),
        changed: changed.clone(),
    };
    let discovering = {
        let (client, caches) = (client.clone(), caches.clone());
        let every = options.api.discovery;
        async move { discovery::discover(client, every, known, move || caches.filled(APIS)).await }
    };
    let watching = watching.run(capabilities.clone());
    let watching = tokio::spawn(async move {
        tokio::join!(discovering, watching);
    });
    let pace = Pace { concurrency: options.concurrency, watch: options.api.watch };
    let scalers = Scalers::new(World {
        client: client.clone(),
        leadership: leadership.clone(),
        children: Arc::clone(&children),
        workers: Arc::clone(&workers),
        board,
        doorbells: AmqpDoorbells::default(),
        changed: changed.clone(),
        tempo: Tempo { asleep: options.asleep_poll, anyway: options.broker_poll * 2 },
    });
    let context = Arc::new(Context {
        client: client.clone(),
        leadership,
        children,
        caches,
        capabilities,
        defaults: options.defaults,
        reread: options.reread,
        stores: Stores::new(client.clone(), workers, changed.clone()),
        brokers: Brokers::new(options.broker_poll, changed),
        registration,
        scalers,
        memory: Memory::default(),
        events: Events::new(client, options.candidate.identity),
    });
    let controlling = controller::run(context, options.scope, changes, pace, stop);
    (AbortOnDropHandle::new(watching), tokio::spawn(controlling))
}

/// What every watch needs.
struct Watching {
    client: Client,
    scope: Scope,
    watch: Duration,
    children: Arc<Children>,
    caches: Caches,
    changed: mpsc::Sender<ShopKey>,
}

impl Watching {
    /// Watches every kind that the cluster has, for as long as it has it.
    async fn run(self, mut capabilities: watch::Receiver<Capabilities>) {
        let mut followed: BTreeMap<Kind, AbortOnDropHandle<()>> = BTreeMap::new();
        loop {
            let cluster = *capabilities.borrow_and_update();
            for kind in Kind::ALL {
                match (kind.is_served(&cluster), followed.contains_key(&kind)) {
                    (true, false) => drop(followed.insert(kind, self.follow(kind))),
                    (false, true) => {
                        followed.remove(&kind);
                        self.children.forget(kind);
                    }
                    (true, true) | (false, false) => {}
                }
            }
            if capabilities.changed().await.is_err() {
                return;
            }
        }
    }

    fn follow(&self, kind: Kind) -> AbortOnDropHandle<()> {
        let (client, scope, children) = (self.client.clone(), self.scope.clone(), Arc::clone(&self.children));
        let (caches, changed) = (self.caches.clone(), self.changed.clone());
        AbortOnDropHandle::new(tokio::spawn(follow(
            kind, client, scope, self.watch, children, caches, changed,
        )))
    }
}

async fn bound(address: SocketAddr) -> Result<(TcpListener, SocketAddr), RunError> {
    listen(address).await.map_err(|source| RunError::Listen { address, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pawnshop_runtime::Probe;

    #[tokio::test]
    async fn an_operator_that_serves_external_metrics_is_ready_once_it_can_answer() {
        for serves in [true, false] {
            let missing = caches(serves).check().await.unwrap_err();
            assert!(
                external_metrics::AWAITED.iter().all(|name| missing.contains(name) == serves),
                "{missing}"
            );
        }
    }
}
