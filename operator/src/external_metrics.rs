//! `external.metrics.k8s.io`: what the board knows of each pool, for HorizontalPodAutoscalers (decisions K1 to K6).
//!
//! Every replica serves; the leader alone keeps the certificates and tells the API server, by an APIService, where they
//! are. [`api`] is what is answered, [`trust`] and [`authorize`] whom it is answered to, [`listener`] and [`serving`]
//! how it is reached, [`keeper`] what the leader does: [`certificates`] says which certificate is next and when,
//! [`registration`] what the APIService is to be and whose it is. It asks nobody about brokers, and what a namespace's
//! deletion needs of it, discovery, it answers from constants.

mod api;
mod authorize;
mod certificates;
mod documents;
mod keeper;
mod listener;
mod object;
mod open_api;
mod registration;
mod selector;
mod serving;
mod trust;

pub use crate::scaling::backend::Registration;
pub use certificates::CertificateTimes;
pub use registration::ServiceName;

use crate::caches::Caches;
use crate::client::{ApiTimes, Clients};
use crate::leader::Leadership;
use crate::listen::listen;
use crate::scaling::board::Board;
use api::Shared;
use authorize::Authorizer;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use keeper::Keeper;
use kube::Api;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// Where API servers tell whom they let through to other servers.
const AUTHENTICATION: (&str, &str) = ("kube-system", "extension-apiserver-authentication");

const CERTIFICATES: &str = "the Secret with the certificates of external metrics";
const FRONT_PROXY: &str = "the ConfigMap extension-apiserver-authentication";

/// What must have been looked for before API servers can be answered.
pub const AWAITED: [&str; 2] = [CERTIFICATES, FRONT_PROXY];

/// How external metrics are served, if they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalMetricsOptions {
    /// Whether they are. An operator that serves none takes back what told the API server otherwise.
    pub enabled: bool,
    /// Where the API server is listened to.
    pub listen: SocketAddr,
    /// The Service by which it reaches the listeners.
    pub service: ServiceName,
    /// The Secret with the certificates, in the Service's namespace.
    pub secret: String,
    /// The ClusterRole that the APIService goes with; `None`: it stays until somebody deletes it.
    pub owner: Option<String>,
    /// How long certificates last.
    pub certificates: CertificateTimes,
}

/// External metrics that are served. They end with this value.
pub struct Served {
    /// Where; `None` when they are not enabled.
    pub address: Option<SocketAddr>,
    /// Whether the API server asks us for external metrics.
    pub registration: watch::Receiver<Registration>,
    /// Who tells the API server, and who takes that back at the end; `None` when they are not enabled.
    keepers: Option<(AbortHandle, Keeper)>,
    _tasks: JoinSet<()>,
}

impl Served {
    /// To be called before this process, of this identity, ends in good order and lets another lead: where nobody else is
    /// there to answer, the API server is told to ask no more.
    pub async fn part(&self, identity: &str) {
        if let Some((keeping, parting)) = &self.keepers {
            keeping.abort();
            parting.part(identity).await;
        }
    }
}

/// Why external metrics are not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address} for the API server: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A fault of ours.
    #[error("connections cannot be secured: {0}")]
    SecureConnections(#[from] rustls::Error),
}

/// Serves what `board` knows, until `stop`, and keeps the API server informed while this process leads. `caches` hears
/// what of [`AWAITED`] was looked for.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    options: ExternalMetricsOptions,
    clients: &Clients,
    leadership: &Leadership,
    times: &ApiTimes,
    board: Arc<Board>,
    caches: &Caches,
    stop: CancellationToken,
) -> Result<Served, ServeError> {
    let first = if options.enabled { Registration::Unknown } else { Registration::Disabled };
    let (told, registration) = watch::channel(first);
    let mut tasks = JoinSet::new();
    let keeper = || Keeper::new(clients.guarded.clone(), leadership.clone(), options.clone(), told.clone());
    let keeping = tasks.spawn(keeper().run(times.discovery));
    if !options.enabled {
        return Ok(Served { address: None, registration, keepers: None, _tasks: tasks });
    }
    let keepers = Some((keeping, keeper()));
    let address = options.listen;
    let (listener, address) =
        listen(address).await.map_err(|source| ServeError::Listen { address, source })?;

    let looked = |name: &'static str| {
        let caches = caches.clone();
        move || caches.filled(name)
    };
    let (shown, leaf) = watch::channel(None);
    let secrets = Api::<Secret>::namespaced(clients.guarded.clone(), &options.service.namespace);
    let take = move |secret| serving::take(secret, &shown);
    tasks.spawn(object::follow(secrets, options.secret, times.watch, take, looked(CERTIFICATES)));

    let (known, front_proxy) = watch::channel(None);
    let (namespace, name) = AUTHENTICATION;
    let configured = Api::<ConfigMap>::namespaced(clients.guarded.clone(), namespace);
    let take = move |configured| trust::take(configured, &known);
    tasks.spawn(object::follow(configured, name.to_owned(), times.watch, take, looked(FRONT_PROXY)));

    let authorizer = Authorizer::new(clients.unguarded.clone());
    let router = api::router(Shared { board, front_proxy, authorizer: Arc::new(authorizer) });
    tasks.spawn(listener::serve(listener, serving::config(leaf)?, router, stop));
    Ok(Served { address: Some(address), registration, keepers, _tasks: tasks })
}
