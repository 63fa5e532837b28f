use crate::operations::Operations;
use crate::server::Server;
use crate::{DispatcherOptions, admin, public};
use pawnshop_edge::{Edge, EdgeOptions};
use pawnshop_runtime::metrics::InstallError;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be taken; the system may allow fewer. With the customary 128, a client that finds
/// no place in a burst tries again after a second.
const BACKLOG: u32 = 4096;

/// A running dispatcher: two listeners and their connections.
pub struct Dispatcher {
    public: Server,
    admin: Server,
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
    /// Binds both listeners and serves until [`Dispatcher::shutdown`].
    ///
    /// # Errors
    /// When an address cannot be bound, or the admin one is not a loopback address.
    pub async fn start(options: DispatcherOptions) -> Result<Self, StartError> {
        if !options.admin_listen.ip().is_loopback() {
            return Err(StartError::AdminNotLoopback(options.admin_listen));
        }
        // Before the edge, whose counters go to the recorder that is installed by then.
        let metrics = pawnshop_runtime::metrics::install()?;
        let edge = Edge::new(EdgeOptions {
            shop: options.shop,
            publisher: options.publisher,
            workers: options.workers,
            flows: options.flows,
            limits: options.limits,
        });
        let draining = edge.draining().clone();
        let operations = Operations::new(
            &edge,
            options.probes,
            options.liveness,
            options.probe_deadline,
            metrics,
            draining.clone(),
        );
        let public_routes = public::router(&edge, operations.clone())?;

        let listener = bind(options.listen)?;
        let admin_listener = bind(options.admin_listen)?;
        Ok(Self {
            public: Server::start(listener, public_routes, options.server.clone())
                .map_err(|source| StartError::Listen { address: options.listen, source })?,
            admin: Server::start(admin_listener, admin::router(edge, operations), options.server)
                .map_err(|source| StartError::Listen { address: options.admin_listen, source })?,
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

    /// Stops taking connections, lets requests under way end within the drain deadline, and closes.
    pub async fn shutdown(self) {
        self.draining.cancel();
        tokio::join!(self.public.shutdown(), self.admin.shutdown());
    }
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
