use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A TCP proxy to the server, which can be cut: what is on its way is lost.
pub(crate) struct Wire {
    address: SocketAddr,
    present: Arc<Mutex<CancellationToken>>,
    accepted: Arc<AtomicUsize>,
    end: CancellationToken,
    connections: TaskTracker,
}

impl Wire {
    pub(crate) async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let present = Arc::new(Mutex::new(CancellationToken::new()));
        let (end, connections) = (CancellationToken::new(), TaskTracker::new());
        let accepted = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&accepted);
        let accepting =
            accept(listener, server.to_owned(), Arc::clone(&present), counted, connections.clone());
        let ended = end.clone();
        tokio::spawn(async move { ended.run_until_cancelled(accepting).await });
        Self { address, present, accepted, end, connections }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Connections so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Cuts all connections; new ones can be made.
    pub(crate) fn cut(&self) {
        std::mem::take(&mut *self.present.lock().unwrap()).cancel();
    }

    /// Cuts all connections, and there are no new ones.
    pub(crate) async fn cut_for_good(&self) {
        self.end.cancel();
        self.cut();
        self.connections.close();
        self.connections.wait().await;
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.end.cancel();
        self.cut();
    }
}

async fn accept(
    listener: TcpListener,
    server: String,
    present: Arc<Mutex<CancellationToken>>,
    accepted: Arc<AtomicUsize>,
    connections: TaskTracker,
) {
    while let Ok((mut client, _)) = listener.accept().await {
        accepted.fetch_add(1, Ordering::Relaxed);
        let cut = present.lock().unwrap().clone();
        let server = server.clone();
        connections.spawn(async move {
            if let Ok(mut server) = TcpStream::connect(server).await {
                cut.run_until_cancelled(copy_bidirectional(&mut client, &mut server)).await;
            }
        });
    }
}
