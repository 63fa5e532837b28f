use super::Target;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// A stream of bytes to and from a dispatcher.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A wire that is being opened.
pub type Dialing = Pin<Box<dyn Future<Output = io::Result<Box<dyn Wire>>> + Send>>;

/// How a wire is opened: once for each connection, and anew where one broke.
pub type Dial = Arc<dyn Fn() -> Dialing + Send + Sync>;

pub(super) fn tcp(target: Target) -> Dial {
    Arc::new(move || {
        let target = target.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(target.address()).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Wire>)
        })
    })
}
