use mongodb::bson::{Document as Fields, RawDocumentBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A way to a server that hears what is asked, and on which answers can get lost: what is asked still arrives.
pub(crate) struct Wire {
    address: String,
    heard: Arc<Heard>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    losing: AtomicBool,
    commands: Mutex<Vec<Fields>>,
}

impl Wire {
    pub(crate) async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::<Heard>::default();
        let (server, all) = (server.to_owned(), Arc::clone(&heard));
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(&server).await {
                    tokio::spawn(forward(client, server, Arc::clone(&all)));
                }
            }
        });
        Self { address, heard, accepting }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// From now on the answer to a write ends its connection, or does not.
    pub(crate) fn lose_answers(&self, lose: bool) {
        self.heard.losing.store(lose, Ordering::Release);
    }

    /// The commands of these names that were asked so far, without documents that came in sequences of their own.
    pub(crate) fn asked(&self, names: &[&str]) -> Vec<Fields> {
        let commands = self.heard.commands.lock().unwrap();
        let named =
            |command: &&Fields| command.keys().next().is_some_and(|name| names.contains(&name.as_str()));
        commands.iter().filter(named).cloned().collect()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(client: TcpStream, server: TcpStream, heard: Arc<Heard>) {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    let asking = tokio::spawn(ask(from_client, to_server, Arc::clone(&heard)));
    let mut answer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from_server.read(&mut answer).await {
        let hello = answer[..length].windows(17).any(|text| text == b"isWritablePrimary");
        if heard.losing.load(Ordering::Acquire) && !hello {
            break;
        }
        if to_client.write_all(&answer[..length]).await.is_err() {
            break;
        }
    }
    asking.abort();
}

/// Forwards message by message: each begins with its length.
async fn ask(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    heard: Arc<Heard>,
) -> std::io::Result<()> {
    loop {
        let length = client.read_i32_le().await?;
        let mut message = length.to_le_bytes().to_vec();
        message.resize(usize::try_from(length).unwrap(), 0);
        client.read_exact(&mut message[4..]).await?;
        heard.commands.lock().unwrap().extend(command(&message));
        server.write_all(&message).await?;
    }
}

/// The command in an OP_MSG: a header of 16 bytes, flags of 4, sections. The one of kind 0 is the command; of kind
/// 1 are sequences of documents, which may stand before it.
/// (<https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md>)
fn command(message: &[u8]) -> Option<Fields> {
    const OP_MSG: [u8; 4] = 2013_i32.to_le_bytes();
    if message.get(12..16)? != OP_MSG {
        return None;
    }
    let mut sections = message.get(20..)?;
    loop {
        let (kind, rest) = sections.split_first()?;
        let length = usize::try_from(i32::from_le_bytes(*rest.first_chunk()?)).ok()?;
        if *kind == 0 {
            return RawDocumentBuf::from_bytes(rest.get(..length)?.to_vec()).ok()?.try_into().ok();
        }
        sections = rest.get(length..)?;
    }
}
