use crate::ServerLimits;
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_edge::Limits;
use pawnshop_messaging::Publisher;
use pawnshop_rpc::{Channel, Roster};
use pawnshop_runtime::Probe;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// What a dispatcher is made of. Make it with [`DispatcherOptions::new`] and change what should differ.
pub struct DispatcherOptions {
    /// Where the public listener binds. Default: `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Where the admin listener binds; a loopback address. Default: `127.0.0.1:0`, a free port.
    pub admin_listen: SocketAddr,
    /// Where the operations listener binds: probes and metrics (decision D7). Default: `None`, which leaves them
    /// to the public listener, as an embedded shop has it.
    pub operations_listen: Option<SocketAddr>,
    /// The shop whose events are accepted.
    pub shop: ShopName,
    /// Where accepted events go.
    pub publisher: Arc<dyn Publisher>,
    /// The way to the workers.
    pub workers: Channel,
    /// The way to each of them, for what all have to be asked. Default: `workers` leads to the only one.
    pub roster: Arc<dyn Roster>,
    /// The flows that some pool serves (decision K11).
    pub flows: Vec<FlowName>,
    /// Bounds of a request.
    pub limits: Limits,
    /// Bounds of a connection.
    pub server: ServerLimits,
    /// The dependencies that `/readyz` lists, beside the workers, which it always does.
    pub probes: Vec<Arc<dyn Probe>>,
    /// What makes `/healthz` fail, so that the process is restarted: cheap checks of the process itself, never
    /// of a dependency, which no restart would mend.
    pub liveness: Vec<Arc<dyn Probe>>,
    /// How long a probe may take to answer. Default: 1 s.
    pub probe_deadline: Duration,
}

impl DispatcherOptions {
    /// The defaults around what has none.
    pub fn new(
        shop: ShopName,
        publisher: Arc<dyn Publisher>,
        workers: Channel,
        flows: Vec<FlowName>,
    ) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            operations_listen: None,
            shop,
            publisher,
            roster: Arc::new(workers.clone()),
            workers,
            flows,
            limits: Limits::default(),
            server: ServerLimits::default(),
            probes: Vec::new(),
            liveness: Vec::new(),
            probe_deadline: Duration::from_secs(1),
        }
    }
}
