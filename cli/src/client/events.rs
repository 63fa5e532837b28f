//! A stream of server-sent events (WHATWG HTML, section 9.2) from a dispatcher.

mod parse;

use super::{Answer, CONNECT_TIMEOUT, MAX_ANSWER, SendError, Target, connect, dial};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use parse::Parser;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::timeout;

const EVENT_STREAM: &str = "text/event-stream";

/// How long the stream may say nothing, not even a comment; dispatchers break their silence after 5 s.
const SILENCE: Duration = Duration::from_secs(15);

/// An open stream, with a connection of its own. Dropping it closes both.
pub(crate) struct Events {
    name: String,
    body: Incoming,
    parser: Parser,
    ready: VecDeque<String>,
    _sender: SendRequest<Empty<Bytes>>,
}

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// There was no answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// There was one, and it is no stream.
    #[error("{target} gives no stream of {path}: {why}")]
    Refused {
        /// Who answered.
        target: String,
        /// What was asked for.
        path: String,
        /// What the answer says.
        why: String,
    },
}

impl Events {
    /// Asks for the stream at `path`; its answer must begin within `deadline`.
    ///
    /// # Errors
    /// When there is no answer, or another one than a stream.
    pub(crate) async fn open(target: &Target, path: &str, deadline: Duration) -> Result<Self, OpenError> {
        let opened = timeout(deadline, Self::ask(target, path)).await;
        opened.unwrap_or_else(|_| {
            Err(SendError::Timeout { target: target.to_string(), seconds: deadline.as_secs() }.into())
        })
    }

    async fn ask(target: &Target, path: &str) -> Result<Self, OpenError> {
        let name = target.to_string();
        let mut sender = connect(&name, &dial::tcp(target.clone()), CONNECT_TIMEOUT).await?;
        let request = Request::get(target.path(path))
            .header(HOST, target.authority())
            .header(ACCEPT, EVENT_STREAM)
            .body(Empty::new())
            .map_err(SendError::from)?;
        let response = sender.send_request(request).await.map_err(|error| broken(&name, error))?;
        let declared = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_stream = declared.is_some_and(|value| value.starts_with(EVENT_STREAM));
        if response.status() == StatusCode::OK && is_stream {
            let body = response.into_body();
            return Ok(Self {
                name,
                body,
                parser: Parser::default(),
                ready: VecDeque::new(),
                _sender: sender,
            });
        }
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| broken(&name, error))?;
        let answer = Answer { status: head.status, headers: head.headers, body: body.to_bytes() };
        let why = if answer.status == StatusCode::OK {
            "it answers with something else; is this a dispatcher's address?".to_owned()
        } else {
            answer.complaint()
        };
        Err(OpenError::Refused { target: name, path: path.to_owned(), why })
    }

    /// The data of the next event; `None` when the stream has ended.
    ///
    /// # Errors
    /// When the connection breaks or is silent.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, SendError> {
        loop {
            if let Some(data) = self.ready.pop_front() {
                return Ok(Some(data));
            }
            let silent = SendError::Timeout { target: self.name.clone(), seconds: SILENCE.as_secs() };
            let frame = match timeout(SILENCE, self.body.frame()).await.map_err(|_| silent)? {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Err(broken(&self.name, error)),
                None => return Ok(None),
            };
            if let Ok(bytes) = frame.into_data() {
                let events = self.parser.push(&bytes).map_err(|error| broken(&self.name, error))?;
                self.ready.extend(events);
            }
        }
    }
}

fn broken(target: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SendError {
    SendError::Broken { target: target.to_owned(), source: source.into() }
}
