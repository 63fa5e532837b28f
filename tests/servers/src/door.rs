//! A way to a server that can be made slow, to hang, to fail or to vanish.

use crate::free_ports;
use anyhow::{Context, Result};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

const FAILURE: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";

/// The pause before a port is asked for again.
const AGAIN: Duration = Duration::from_millis(50);

/// What a door does with whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Lets everything through.
    Open,
    /// The same, but what is asked only after so long.
    Slow(Duration),
    /// Accepts, and never answers; who was connected hears nothing more.
    Hanging,
    /// Answers every HTTP request with status 500.
    Failing,
    /// Listens no more; who was connected is cut off.
    Shut,
}

/// A way to a server. It ends with this value.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    _standing: AbortOnDropHandle<()>,
}

impl Door {
    /// Stands before the server of a URI; open.
    ///
    /// # Errors
    /// When the URI names no port, or there is no port to listen on.
    pub async fn before(uri: &str) -> Result<Self> {
        let server = authority(uri).with_context(|| "the server's URI names no port")?.to_owned();
        // One that no outgoing connection takes while this is shut.
        let [port] = free_ports()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (mood, told) = watch::channel(Mood::Open);
        let standing = AbortOnDropHandle::new(tokio::spawn(stand(listener, address, server, told)));
        Ok(Self { address, mood, _standing: standing })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, for those who are inside as well.
    pub fn is(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

async fn stand(first: TcpListener, address: SocketAddr, server: String, mut mood: watch::Receiver<Mood>) {
    let mut listener = Some(first);
    let mut connections = JoinSet::new();
    loop {
        let now = *mood.borrow_and_update();
        match (&listener, now) {
            (Some(_), Mood::Shut) => {
                listener = None;
                connections.shutdown().await;
            }
            (None, Mood::Open | Mood::Slow(_) | Mood::Hanging | Mood::Failing) => {
                match TcpListener::bind(address).await {
                    Ok(again) => listener = Some(again),
                    Err(_) => {
                        tokio::time::sleep(AGAIN).await;
                        continue;
                    }
                }
            }
            _ => {}
        }
        let accepting = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = mood.changed() => if changed.is_err() { return },
            Ok((client, _)) = accepting => {
                connections.spawn(connection(client, server.clone(), mood.clone()));
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(mut client: TcpStream, server: String, mut mood: watch::Receiver<Mood>) {
    loop {
        let now = *mood.borrow_and_update();
        let serving = async {
            match now {
                Mood::Open => {
                    if let Ok(mut server) = TcpStream::connect(&server).await {
                        // Whoever sees the connection end knows better than this why.
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                }
                Mood::Slow(by) => {
                    if let Ok(mut server) = TcpStream::connect(&server).await {
                        let _ = pass_late(&mut client, &mut server, by).await;
                    }
                }
                Mood::Failing => fail(&mut client).await,
                Mood::Hanging | Mood::Shut => std::future::pending().await,
            }
        };
        tokio::select! {
            () = serving => return,
            changed = mood.changed() => {
                // Only a hanging server keeps its connections.
                if changed.is_err() || *mood.borrow() != Mood::Hanging {
                    return;
                }
            }
        }
    }
}

/// Until either ends; a client that asks no more waits for no answer.
async fn pass_late(client: &mut TcpStream, server: &mut TcpStream, by: Duration) -> io::Result<()> {
    let ((mut asks, mut hears), (mut answers, mut is_asked)) = (client.split(), server.split());
    let asking = async {
        let mut part = Vec::<u8>::with_capacity(8192);
        while asks.read_buf(&mut part).await? > 0 {
            tokio::time::sleep(by).await;
            is_asked.write_all(&part).await?;
            part.clear();
        }
        Ok::<_, io::Error>(())
    };
    tokio::select! {
        ended = asking => ended,
        ended = copy(&mut answers, &mut hears) => ended.map(drop),
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

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

    /// What somebody who asks hears.
    async fn hears(door: &Door) -> &'static str {
        let asked = async {
            let mut stream = TcpStream::connect(door.address()).await.ok()?;
            stream.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.ok()?;
            let mut answer = [0; 256];
            let length = stream.read(&mut answer).await.ok()?;
            answer[..length].starts_with(b"HTTP/1.1 ").then(|| answer[9..12].to_vec())
        };
        match timeout(Duration::from_millis(300), asked).await {
            Err(_) => "silence",
            Ok(None) => "refused",
            Ok(Some(status)) if status == b"200" => "200",
            Ok(Some(_)) => "500",
        }
    }

    #[tokio::test]
    async fn a_door_does_as_it_is_told_and_back() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = Door::before(&format!("http://{}", listener.local_addr().unwrap())).await.unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 256];
                if stream.read(&mut request).await.is_ok() {
                    let _ = stream.write_all(ANSWER).await;
                }
            }
        });
        for (mood, expected) in [
            (Mood::Open, "200"),
            (Mood::Hanging, "silence"),
            (Mood::Failing, "500"),
            (Mood::Slow(Duration::from_millis(1)), "200"),
            (Mood::Slow(Duration::from_secs(60)), "silence"),
            (Mood::Shut, "refused"),
            (Mood::Open, "200"),
        ] {
            door.is(mood);
            let as_told = async {
                while hears(&door).await != expected {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(Duration::from_secs(10), as_told).await.unwrap_or_else(|_| panic!("not {mood:?}"));
        }
    }
}
