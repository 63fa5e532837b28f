//! Where a shop that is measured sends its spans: a collector that takes everything and looks at nothing, so that what is
//! measured is the shop.

use anyhow::Result;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// A collector on a free port, for as long as this process lives.
#[derive(Debug)]
pub(crate) struct Collector {
    address: SocketAddr,
}

impl Collector {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::Builder::new().name("collector".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that breaks is the shop's to notice.
                thread::spawn(move || take(stream));
            }
        })?;
        Ok(Self { address })
    }

    /// As `--otlp-endpoint` has it.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Answers every request of a connection with success.
fn take(stream: TcpStream) -> io::Result<()> {
    let mut answers = stream.try_clone()?;
    let mut requests = BufReader::new(stream);
    while let Some(length) = length_of_body(&mut requests)? {
        io::copy(&mut requests.by_ref().take(length), &mut io::sink())?;
        answers.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
    Ok(())
}

/// Reads a request's head; `None` at the end of the connection.
fn length_of_body(requests: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if requests.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            None if line.trim_end().is_empty() => return Ok(Some(length)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_as_long_as_their_heads_say() {
        let mut requests: &[u8] =
            b"POST / HTTP/1.1\r\nhost: a:1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n";
        assert_eq!(length_of_body(&mut requests).unwrap(), Some(3));
        requests = &requests[3..];
        assert_eq!(length_of_body(&mut requests).unwrap(), Some(0));
        assert_eq!(length_of_body(&mut requests).unwrap(), None);
    }
}
