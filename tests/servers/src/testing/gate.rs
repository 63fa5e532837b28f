use crate::ports;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A way to a server that can be opened and shut. Shut, it is an address where nobody listens.
#[derive(Debug)]
pub struct Gate {
    /// The server's URI with the gate's address in the place of its own.
    pub uri: String,
    address: SocketAddr,
    target: String,
    open: Option<JoinHandle<()>>,
}

impl Gate {
    /// Shut at first.
    pub async fn before(uri: &str) -> Self {
        let [port] = ports::free().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (scheme, rest) = uri.split_once("://").unwrap();
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, target) = match authority.rsplit_once('@') {
            Some((user, target)) => (format!("{user}@"), target),
            None => (String::new(), authority),
        };
        let uri = format!("{scheme}://{user}{address}{tail}");
        Self { uri, address, target: target.to_owned(), open: None }
    }

    /// Lets connections through from now on.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let target = self.target.clone();
        self.open = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let target = target.clone();
                connections.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(target).await {
                        tokio::io::copy_bidirectional(&mut client, &mut server).await.ok();
                    }
                });
            }
        }));
    }

    /// Cuts every connection, and takes no more.
    pub async fn shut(&mut self) {
        let open = self.open.take().unwrap();
        open.abort();
        open.await.unwrap_err();
    }
}
