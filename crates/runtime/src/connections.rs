//! A listener that bounds its connections. What may be done on one, and for how long, is whoever serves it to say.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long to wait after a connection could not be taken: file handles come back when others end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener whose connections are bounded in number; one more waits in the system's backlog.
#[derive(Debug)]
pub struct BoundedListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection's place among those that may be open; free again when dropped.
#[derive(Debug)]
pub struct Place(#[allow(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

impl BoundedListener {
    /// At most so many connections at a time, and at least one.
    pub fn new(listener: TcpListener, most: usize) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS))) }
    }

    /// The next connection, which sends without delay, its peer, and its place. What goes wrong is logged and tried
    /// again. May be cancelled: nothing is lost.
    pub async fn accept(&self) -> (TcpStream, SocketAddr, Place) {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            // Nobody closes it; there would be no more connections then.
            std::future::pending().await
        };
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => match stream.set_nodelay(true) {
                    Ok(()) => return (stream, peer, Place(place)),
                    Err(error) => tracing::debug!(%error, "a connection ended before it began"),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::pin::pin;

    #[tokio::test]
    async fn a_connection_beyond_the_bound_waits_for_a_place() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listener = BoundedListener::new(listener, 1);
        let address = listener.local_addr().unwrap();
        let _clients =
            [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        let (_, _, place) = listener.accept().await;
        let mut second = pin!(listener.accept());
        assert!(second.as_mut().now_or_never().is_none());
        assert_eq!(listener.places.available_permits(), 0);
        drop(place);
        second.await;
    }
}
