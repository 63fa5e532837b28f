use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The largest answer that is taken; a page of items ends at 4 MiB.
const MAX_ANSWER: usize = 8 << 20;

/// One keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 4096], filled: 0 })
    }

    /// Sends a request and reads its whole answer; the answer's status.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await.context("the shop closed the connection")?;
        self.filled = 0;
        loop {
            if self.filled == self.buffer.len() {
                if self.filled >= MAX_ANSWER {
                    bail!("an answer is larger than {MAX_ANSWER} bytes");
                }
                self.buffer.resize(self.filled * 2, 0);
            }
            match self.stream.read(&mut self.buffer[self.filled..]).await {
                Ok(0) => bail!("the shop closed the connection"),
                Ok(read) => self.filled += read,
                Err(error) => return Err(error).context("the answer cannot be read"),
            }
            if let Some(answer) = parse(&self.buffer[..self.filled])?
                && self.filled >= answer.length
            {
                return Ok(answer.status);
            }
        }
    }

    /// The answer that was read last.
    pub(crate) fn last_answer(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.buffer[..self.filled.min(1_000)])
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    /// Head and body, in bytes.
    length: usize,
}

/// An answer's status and length (RFC 9112), once its head is complete.
fn parse(bytes: &[u8]) -> Result<Option<Answer>> {
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..head]).context("the answer's head is not text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)).and_then(|status| status.parse().ok());
    let status = status.context("the answer has no status")?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let body = length.context("the answer has no content-length")?;
    Ok(Some(Answer { status, length: head + 4 + body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_parsed_once_its_head_is_there() {
        let whole = b"HTTP/1.1 202 Accepted\r\nLocation: /x\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(parse(&whole[..20]).unwrap(), None);
        let answer = Answer { status: 202, length: whole.len() };
        assert_eq!(parse(&whole[..whole.len() - 1]).unwrap(), Some(answer));
    }

    #[test]
    fn an_answer_without_a_length_is_refused_and_not_waited_for() {
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
