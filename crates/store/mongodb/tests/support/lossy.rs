use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A way to a server on which answers can get lost: what is asked still arrives.
pub(crate) struct Lossy {
    address: String,
    losing: Arc<AtomicBool>,
    accepting: JoinHandle<()>,
}

impl Lossy {
    pub(crate) async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let losing = Arc::new(AtomicBool::new(false));
        let (server, lose) = (server.to_owned(), Arc::clone(&losing));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(&server).await {
                    tokio::spawn(forward(client, server, Arc::clone(&lose)));
                }
            }
        });
        Self { address, losing, accepting }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// From now on the answer to a write ends its connection, or does not.
    pub(crate) fn lose_answers(&self, lose: bool) {
        self.losing.store(lose, Ordering::Release);
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(client: TcpStream, server: TcpStream, losing: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asking = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut answer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from_server.read(&mut answer).await {
        let hello = answer[..length].windows(17).any(|text| text == b"isWritablePrimary");
        if losing.load(Ordering::Acquire) && !hello {
            break;
        }
        if to_client.write_all(&answer[..length]).await.is_err() {
            break;
        }
    }
    asking.abort();
}
