//! HTTP to a dispatcher: one kept-alive connection that is opened when needed and again after it broke.
//! Whoever wants several at once opens several; there is no pool to contend for. A stream of events has its own.

mod answer;
mod dial;
mod events;
mod patience;
mod target;

pub use answer::Answer;
pub(crate) use answer::Problem;
pub use dial::{Dial, Dialing, Wire};
pub(crate) use events::{Events, OpenError};
pub(crate) use patience::Patience;
pub(crate) use target::Target;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::timeout;

/// The most that an answer may hold, in bytes; a page of items ends at 4 MiB.
const MAX_ANSWER: usize = 32 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// One connection to one dispatcher.
pub struct Connection {
    target: Target,
    /// What errors call it.
    name: String,
    dial: Dial,
    connect_timeout: Duration,
    timeout: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// There is no connection.
    #[error("cannot connect to {target}: {source}")]
    Connect {
        /// To what.
        target: String,
        /// Why.
        source: std::io::Error,
    },
    /// The answer takes too long.
    #[error("{target} does not answer within {seconds} s")]
    Timeout {
        /// Whose answer.
        target: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The connection ended before the answer.
    #[error("the connection to {target} broke: {source}")]
    Broken {
        /// To what.
        target: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The request cannot be sent at all.
    #[error("not a valid request: {0}")]
    Request(#[from] http::Error),
}

impl SendError {
    /// A short name for counting.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "cannot connect",
            Self::Timeout { .. } => "no answer in time",
            Self::Broken { .. } => "connection broke",
            Self::Request(_) => "bad request",
        }
    }
}

impl Connection {
    /// Opens nothing yet. `timeout` bounds each request, connecting included.
    pub(crate) fn new(target: Target, timeout: Duration) -> Self {
        let (name, dial) = (target.to_string(), dial::tcp(target.clone()));
        Self { target, name, dial, connect_timeout: CONNECT_TIMEOUT, timeout, sender: None }
    }

    /// The same over a way of one's own to a dispatcher's loopback, such as a forwarding, which
    /// may take as long to open as a request. `name`: what errors call it.
    pub fn over(name: String, dial: Dial, timeout: Duration) -> Self {
        Self { target: Target::loopback(), name, dial, connect_timeout: timeout, timeout, sender: None }
    }

    /// GETs `path_and_query`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&mut self, path_and_query: &str) -> Result<Answer, SendError> {
        self.send(Method::GET, path_and_query, None, &[]).await
    }

    /// Sends one request and reads its whole answer. A `body` is JSON.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path_and_query: &str,
        body: Option<Bytes>,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Answer, SendError> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.target.path(path_and_query))
            .header(http::header::HOST, self.target.authority());
        if body.is_some() {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body.unwrap_or_default()))?;
        let answer = timeout(self.timeout, self.exchange(request)).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(SendError::Timeout { target: self.name.clone(), seconds: self.timeout.as_secs() })
        });
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, SendError> {
        let target = self.name.clone();
        let broken = |source: Box<dyn std::error::Error + Send + Sync>| SendError::Broken { target, source };
        let sender = self.ready().await?;
        let response = match sender.send_request(request).await {
            Ok(response) => response,
            Err(error) => return Err(broken(error.into())),
        };
        let (head, body) = response.into_parts();
        match Limited::new(body, MAX_ANSWER).collect().await {
            Ok(body) => Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() }),
            Err(error) => Err(broken(error)),
        }
    }

    /// The kept-alive connection, or a new one where the server has closed it.
    async fn ready(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, SendError> {
        let alive = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !alive {
            self.sender = None;
        }
        match self.sender {
            Some(ref mut sender) => Ok(sender),
            None => {
                let sender = connect(&self.name, &self.dial, self.connect_timeout).await?;
                Ok(self.sender.insert(sender))
            }
        }
    }
}

async fn connect<B>(name: &str, dial: &Dial, deadline: Duration) -> Result<SendRequest<B>, SendError>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let failed = |source| SendError::Connect { target: name.to_owned(), source };
    let wire = match timeout(deadline, dial()).await {
        Ok(Ok(wire)) => wire,
        Ok(Err(error)) => return Err(failed(error)),
        Err(_) => return Err(failed(std::io::ErrorKind::TimedOut.into())),
    };
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(wire))
        .await
        .map_err(|error| SendError::Broken { target: name.to_owned(), source: error.into() })?;
    // Ends when the sender is dropped or the server closes; its error reaches the sender.
    tokio::spawn(connection);
    Ok(sender)
}
