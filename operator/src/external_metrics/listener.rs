//! HTTPS: connections are bounded in number, in the time of their handshake and in silence.

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use pawnshop_runtime::connections::{BoundedListener, Place};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// Open connections: an API server keeps one or two, whatever it asks.
const MAX_CONNECTIONS: usize = 256;

/// How long a handshake may take.
const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);

/// How long a client may keep a read or a write waiting: longer than API servers keep a connection that they do not use,
/// so that it is never closed just as it is used again.
const SILENCE: Duration = Duration::from_secs(120);

/// How long answers under way may take once the listener is to end.
const DRAIN_DEADLINE: Duration = Duration::from_secs(2);

/// What a client showed: its certificate first, then those that vouch for it. That it holds the key is checked, and
/// nothing else.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) certificates: Arc<[CertificateDer<'static>]>,
}

/// Serves a router by HTTPS, until `stop` and what is under way then.
pub(super) async fn serve(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    router: Router,
    stop: CancellationToken,
) {
    let listener = Handshakes {
        listener: BoundedListener::new(listener, MAX_CONNECTIONS),
        acceptor: TlsAcceptor::from(config),
        under_way: JoinSet::new(),
    };
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<Peer>())
        .with_graceful_shutdown(stop.clone().cancelled_owned())
        .into_future();
    let cut_off = async {
        stop.cancelled().await;
        sleep(DRAIN_DEADLINE).await;
    };
    tokio::select! {
        ended = served => if let Err(error) = ended {
            tracing::error!(%error, "external metrics are served no more");
        },
        () = cut_off => {}
    }
}

/// A listener that gives connections on once their handshake is done, so that none waits for another's.
struct Handshakes {
    listener: BoundedListener,
    acceptor: TlsAcceptor,
    under_way: JoinSet<Option<(Connection, SocketAddr)>>,
}

impl Listener for Handshakes {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            tokio::select! {
                (stream, peer, place) = self.listener.accept() => {
                    let acceptor = self.acceptor.clone();
                    self.under_way.spawn(handshake(acceptor, stream, peer, place));
                }
                Some(done) = self.under_way.join_next() => if let Ok(Some(connection)) = done {
                    return connection;
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn handshake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
) -> Option<(Connection, SocketAddr)> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_read_timeout(Some(SILENCE));
    stream.set_write_timeout(Some(SILENCE));
    match timeout(HANDSHAKE_DEADLINE, acceptor.accept(Box::pin(stream))).await {
        Ok(Ok(stream)) => Some((Connection { stream, _place: place }, peer)),
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "a handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!(%peer, "a handshake took too long");
            None
        }
    }
}

/// A connection that has its place until it ends.
pub(super) struct Connection {
    stream: TlsStream<Pin<Box<TimeoutStream<TcpStream>>>>,
    _place: Place,
}

impl Connected<IncomingStream<'_, Handshakes>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Handshakes>) -> Self {
        let (_, connection) = stream.io().stream.get_ref();
        Self { certificates: connection.peer_certificates().unwrap_or_default().into() }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
