//! A way to a server that can be made to hang, to fail or to vanish.

use anyhow::{Context, Result};
use pawnshop_servers::free_ports;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

const FAILURE: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";

/// The pause before a port is asked for again.
const AGAIN: Duration = Duration::from_millis(50);

/// What a front does with whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Lets everything through.
    Open,
    /// Accepts, and never answers; who was connected hears nothing more.
    Hanging,
    /// Answers every HTTP request with status 500.
    Failing,
    /// Listens no more; who was connected is cut off.
    Shut,
}

/// One such way. It ends with this value.
#[derive(Debug)]
pub(crate) struct Front {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    _standing: AbortOnDropHandle<()>,
}

impl Front {
    /// Stands before the server of a URI; open.
    pub(crate) async fn before(uri: &str) -> Result<Self> {
        let server = authority(uri).with_context(|| "the server's URI names no port")?.to_owned();
        // One that no outgoing connection takes while this is shut.
        let [port] = free_ports()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (mode, told) = watch::channel(Mode::Open);
        let standing = AbortOnDropHandle::new(tokio::spawn(stand(listener, address, server, told)));
        Ok(Self { address, mode, _standing: standing })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn stand(first: TcpListener, address: SocketAddr, server: String, mut mode: watch::Receiver<Mode>) {
    let mut listener = Some(first);
    let mut connections = JoinSet::new();
    loop {
        let now = *mode.borrow_and_update();
        match (&listener, now) {
            (Some(_), Mode::Shut) => {
                listener = None;
                connections.shutdown().await;
            }
            (None, Mode::Open | Mode::Hanging | Mode::Failing) => match TcpListener::bind(address).await {
                Ok(again) => listener = Some(again),
                Err(_) => {
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            },
            _ => {}
        }
        let accepting = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = mode.changed() => if changed.is_err() { return },
            Ok((client, _)) = accepting => {
                connections.spawn(connection(client, server.clone(), mode.clone()));
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(mut client: TcpStream, server: String, mut mode: watch::Receiver<Mode>) {
    loop {
        let now = *mode.borrow_and_update();
        let serving = async {
            match now {
                Mode::Open => {
                    if let Ok(mut server) = TcpStream::connect(&server).await {
                        // Whoever sees the connection end knows better than this why.
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                }
                Mode::Failing => fail(&mut client).await,
                Mode::Hanging | Mode::Shut => std::future::pending().await,
            }
        };
        tokio::select! {
            () = serving => return,
            changed = mode.changed() => {
                // Only a hanging server keeps its connections.
                if changed.is_err() || *mode.borrow() != Mode::Hanging {
                    return;
                }
            }
        }
    }
}

async fn fail(client: &mut TcpStream) {
    let mut request = [0; 8192];
    while client.read(&mut request).await.is_ok_and(|length| length > 0) {
        if client.write_all(FAILURE).await.is_err() {
            return;
        }
    }
}

/// Host and port of a URI.
fn authority(uri: &str) -> Option<&str> {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next()?;
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    address.contains(':').then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    async fn status(front: &Front) -> Result<u16, String> {
        let http = reqwest::Client::builder().timeout(Duration::from_millis(300)).build().unwrap();
        let answer = http.get(format!("http://{}/", front.address())).send().await;
        answer.map(|answer| answer.status().as_u16()).map_err(|error| match error.is_timeout() {
            true => "silence".to_owned(),
            false => "refused".to_owned(),
        })
    }

    #[tokio::test]
    async fn a_front_does_as_it_is_told_and_back() {
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "here" }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = Front::before(&format!("http://{}", listener.local_addr().unwrap())).await.unwrap();
        tokio::spawn(axum::serve(listener, router).into_future());
        for (mode, expected) in [
            (Mode::Open, Ok(200)),
            (Mode::Hanging, Err("silence")),
            (Mode::Failing, Ok(500)),
            (Mode::Shut, Err("refused")),
            (Mode::Open, Ok(200)),
        ] {
            front.set(mode);
            let as_told = async {
                while status(&front).await != expected.map_err(str::to_owned) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(Duration::from_secs(10), as_told).await.unwrap_or_else(|_| panic!("not {mode:?}"));
        }
    }
}
