use crate::console::Powers;
use crate::guard::{self, Guard};
use crate::overview::Overviews;
use crate::server::Server;
use crate::{DispatcherOptions, ServerLimits, admin, errors, operations, public};
use axum::Router;
use pawnshop_edge::{Edge, EdgeOptions};
use pawnshop_runtime::metrics::InstallError;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be taken; the system may allow fewer. With the customary 128, a client that finds
/// no place in a burst tries again after a second.
const BACKLOG: u32 = 4096;

/// A running dispatcher: its listeners and their connections.
pub struct Dispatcher {
    public: Server,
    admin: Server,
    operations: Option<Server>,
    draining: CancellationToken,
}

/// Why a dispatcher cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The admin listener would be reachable from elsewhere.
    #[error(
        "the admin listener serves this machine only: {0} is not a loopback address (use 127.0.0.1 or [::1])"
    )]
    AdminNotLoopback(SocketAddr),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The process's metrics go elsewhere.
    #[error(transparent)]
    Metrics(#[from] InstallError),
    /// The API's description cannot be written: a fault of the program.
    #[error("the OpenAPI document cannot be written: {0}")]
    Describe(#[from] serde_json::Error),
}

impl Dispatcher {
    /// Binds the listeners and serves until [`Dispatcher::shutdown`].
    ///
    /// # Errors
    /// When an address cannot be bound, or the admin one is not a loopback address.
    pub async fn start(options: DispatcherOptions) -> Result<Self, StartError> {
        if !options.admin_listen.ip().is_loopback() {
            return Err(StartError::AdminNotLoopback(options.admin_listen));
        }
        // Before the edge, whose counters go to the recorder that is installed by then.
        let metrics = pawnshop_runtime::metrics::install()?;
        guard::describe();
        let edge = Edge::new(EdgeOptions {
            shop: options.shop,
            publisher: options.publisher,
            workers: options.workers,
            flows: options.flows,
            limits: options.limits,
        });
        let draining = edge.draining().clone();
        let DispatcherOptions { probes, liveness, probe_deadline, .. } = options;
        let operations = operations::router(&edge, probes, liveness, probe_deadline, metrics);
        let on_public = options.operations_listen.is_none().then(|| operations.clone());
        let overviews = Overviews::new(edge.clone(), options.roster);
        let public_routes = public::router(&edge, on_public, overviews.clone(), Powers::Public)?;
        let all = public::router(&edge, Some(operations.clone()), overviews, Powers::Administration)?;
        let admin_routes = admin::router(edge, all);
        let serve = |address, routes| serve(address, routes, options.server.clone());
        Ok(Self {
            public: serve(options.listen, public_routes)?,
            admin: serve(options.admin_listen, admin_routes)?,
            operations: options
                .operations_listen
                .map(|address| serve(address, guarded(operations)))
                .transpose()?,
            draining,
        })
    }

    /// Where the public listener is.
    pub fn addr(&self) -> SocketAddr {
        self.public.addr()
    }

    /// Where the admin listener is.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin.addr()
    }

    /// Where the operations listener is, if there is one.
    pub fn operations_addr(&self) -> Option<SocketAddr> {
        self.operations.as_ref().map(Server::addr)
    }

    /// Says that it is about to end (`/readyz`), and lets nobody wait for an outcome any more; all else is served
    /// until [`Dispatcher::shutdown`], so that whoever sends requests can take note in between.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Stops taking connections, lets requests under way end within the drain deadline, and closes; the operations
    /// listener last, for whoever watches.
    pub async fn shutdown(self) {
        self.draining.cancel();
        tokio::join!(self.public.shutdown(), self.admin.shutdown());
        if let Some(operations) = self.operations {
            operations.shutdown().await;
        }
    }
}

/// The operations routes on a listener of their own.
fn guarded(operations: Router) -> Router {
    operations
        .method_not_allowed_fallback(errors::method_not_allowed)
        .fallback(errors::not_found)
        .layer(Guard::unbounded())
}

fn serve(address: SocketAddr, routes: Router, limits: ServerLimits) -> Result<Server, StartError> {
    let listener = bind(address)?;
    Server::start(listener, routes, limits).map_err(|source| StartError::Listen { address, source })
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| StartError::Listen { address, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;
    use std::time::Duration;

    #[tokio::test]
    async fn a_burst_of_connections_waits_for_nobody_to_take_them() {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(800)).unwrap();
        assert_eq!((0..300).map(connect).collect::<Vec<_>>().len(), 300);
    }
}
