use crate::Cluster;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The way from a cluster's pods to a server of this machine that listens on the loopback only. Connections end
/// with this value.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    accepting: AbortHandle,
}

impl Relay {
    /// Where pods find the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Cluster {
    /// Lets pods reach the server at `to`, a broker or a store of `pawnshop-servers`, say.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn relay(&self, to: SocketAddr) -> Result<Relay> {
        let listener = TcpListener::bind((self.host(), 0)).await.context("listen for pods")?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, to)).abort_handle();
        Ok(Relay { address, accepting })
    }
}

async fn accept(listener: TcpListener, to: SocketAddr) {
    // Aborted with this task.
    let mut connections = JoinSet::new();
    while let Ok((mut pod, _)) = listener.accept().await {
        connections.spawn(async move {
            // Whoever sees a connection end knows better than this why.
            if let Ok(mut server) = TcpStream::connect(to).await {
                let _ = copy_bidirectional(&mut pod, &mut server).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
