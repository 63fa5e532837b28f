//! Listening, for whoever serves something.

use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Listens here; where that is, should the port be for the system to choose.
///
/// # Errors
/// When the address is taken, or not this machine's.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}
