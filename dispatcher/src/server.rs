//! HTTP/1.1 over TCP: connections are bounded in number and in time, and end in good order.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use pawnshop_runtime::connections::BoundedListener;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Bounds of a listener and its connections.
#[derive(Clone, Debug)]
pub struct ServerLimits {
    /// Open connections; one more waits in the system's backlog. Default: 4,096.
    pub max_connections: usize,
    /// How long a connection may take to send a request's headers, the idle time before them included.
    /// Default: 60 s.
    pub header_deadline: Duration,
    /// How long a client may take to accept any bytes of an answer. Default: 30 s.
    pub write_deadline: Duration,
    /// How long requests under way may take to end at a shutdown. Default: 10 s.
    pub drain_deadline: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            header_deadline: Duration::from_secs(60),
            write_deadline: Duration::from_secs(30),
            drain_deadline: Duration::from_secs(10),
        }
    }
}

/// A listener and its connections.
pub(crate) struct Server {
    addr: SocketAddr,
    limits: ServerLimits,
    connections: TaskTracker,
    /// No more connections or requests.
    stop: CancellationToken,
    /// Enough waited for.
    abort: CancellationToken,
}

impl Server {
    /// Serves `router` on `listener`.
    pub(crate) fn start(
        listener: TcpListener,
        router: Router,
        limits: ServerLimits,
    ) -> std::io::Result<Self> {
        let server = Self {
            addr: listener.local_addr()?,
            limits: limits.clone(),
            connections: TaskTracker::new(),
            stop: CancellationToken::new(),
            abort: CancellationToken::new(),
        };
        let accept = Accept {
            listener: BoundedListener::new(listener, limits.max_connections),
            router,
            limits,
            connections: server.connections.clone(),
            stop: server.stop.clone(),
            abort: server.abort.clone(),
        };
        server.connections.spawn(accept.run());
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Takes nothing more, and ends when every request has, or the drain deadline has passed.
    pub(crate) async fn shutdown(self) {
        self.stop.cancel();
        self.connections.close();
        if tokio::time::timeout(self.limits.drain_deadline, self.connections.wait()).await.is_err() {
            tracing::warn!(open = self.connections.len(), "requests are cut off: the drain took too long");
            self.abort.cancel();
            self.connections.wait().await;
        }
    }
}

/// Dropped without a shutdown, it ends at once.
impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        self.abort.cancel();
    }
}

struct Accept {
    listener: BoundedListener,
    router: Router,
    limits: ServerLimits,
    connections: TaskTracker,
    stop: CancellationToken,
    abort: CancellationToken,
}

impl Accept {
    async fn run(self) {
        while let Some((stream, _, place)) = self.stop.run_until_cancelled(self.listener.accept()).await {
            let connection = Connection {
                router: self.router.clone(),
                limits: self.limits.clone(),
                stop: self.stop.clone(),
                abort: self.abort.clone(),
            };
            self.connections.spawn(async move {
                connection.serve(stream).await;
                drop(place);
            });
        }
    }
}

struct Connection {
    router: Router,
    limits: ServerLimits,
    stop: CancellationToken,
    abort: CancellationToken,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.write_deadline));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_deadline)
            .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(self.router));
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = self.abort.cancelled() => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}
