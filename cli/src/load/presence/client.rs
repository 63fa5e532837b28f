use super::callbacks::{Callbacks, body};
use super::tally::CallbackTally;
use crate::client::{Connection, Patience, SendError, Target};
use crate::load::REQUEST_TIMEOUT;
use crate::load::client::{error_kind, status_kind};
use crate::load::pace::{Due, Pace};
use crate::load::tally::TallyError;
use http::{HeaderName, HeaderValue, Method};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATH: &str = "/callback";
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Sends callbacks, one at a time, on a connection of its own.
pub(super) struct Client {
    connection: Connection,
    callbacks: Callbacks,
    retry_for: Duration,
    pace: Arc<Pace>,
}

impl Client {
    pub(super) fn new(url: Target, callbacks: Callbacks, retry_for: Duration, pace: Arc<Pace>) -> Self {
        Self { connection: Connection::new(url, REQUEST_TIMEOUT), callbacks, retry_for, pace }
    }

    /// Sends until there is no more to send or `stop` is cancelled.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Result<CallbackTally, TallyError> {
        let mut tally = CallbackTally::new()?;
        loop {
            let due = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                due = self.pace.due() => due,
            };
            let Some(due) = due else { return Ok(tally) };
            let ended = self.send(due, &mut tally, &stop).await;
            let counter = if ended.is_ok() { &self.pace.answered } else { &self.pace.failed };
            counter.fetch_add(1, Ordering::Relaxed);
            if let Err(kind) = ended {
                tally.tally.error(kind);
            }
        }
    }

    /// Sends one callback until it is acknowledged, or refused for good, or given up: then what it is counted as.
    async fn send(
        &mut self,
        due: Due,
        tally: &mut CallbackTally,
        stop: &CancellationToken,
    ) -> Result<(), String> {
        let ids = self.callbacks.ids(due.number);
        let body = body(&ids);
        // Of this run alone: a run of the same seed is to do it all again.
        let key = HeaderValue::try_from(Uuid::now_v7().to_string());
        let key = key.map_err(|error| error_kind(http::Error::from(error).into()))?;
        let headers = [(IDEMPOTENCY_KEY, key)];
        let mut patience = Patience::of(self.retry_for);
        loop {
            let sent = self.connection.send(Method::POST, PATH, Some(body.clone()), &headers).await;
            let (trouble, wanted) = match sent {
                Ok(answer) if answer.status.is_success() => {
                    tally.acknowledged(due.since.elapsed(), ids.len());
                    return Ok(());
                }
                Ok(answer) if answer.may_pass() => (status_kind(&answer), answer.retry_after()),
                Ok(answer) => return Err(status_kind(&answer)),
                Err(error @ SendError::Request(_)) => return Err(error_kind(error)),
                Err(error) => (error_kind(error), None),
            };
            let again = tokio::select! {
                biased;
                () = stop.cancelled() => return Err(format!("{trouble}, then interrupted")),
                again = patience.wait(wanted) => again,
            };
            if !again {
                return Err(format!("{trouble}, given up after {:?}", self.retry_for));
            }
            tally.retries.one(trouble);
        }
    }
}
