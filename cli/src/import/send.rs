use super::Target;
use super::report::Report;
use super::settle::Late;
use super::source::Place;
use crate::client::{self, Answer, Connection, Patience, SendError};
use anyhow::Context;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use pawnshop_domain::EventId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

/// Beyond the time that the dispatcher itself waits for an outcome.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// A row on its way.
pub(crate) struct Outgoing {
    pub(crate) place: Place,
    pub(crate) key: EventId,
    pub(crate) body: Bytes,
}

/// Brings rows in, one at a time, on a connection of its own.
#[derive(Clone)]
pub(crate) struct Sender {
    url: client::Target,
    target: Target,
    wait: u8,
    retry_for: Duration,
    report: Arc<Report>,
    late: Late,
    /// Cleared for all senders once an outcome did not come in time: the backlog is long, or nobody
    /// works. Outcomes are then asked for when all is sent.
    waiting: Arc<AtomicBool>,
}

/// Fails early, and clearly, when nothing answers at all.
pub(crate) async fn check_reachable(url: &client::Target) -> anyhow::Result<()> {
    let answer = Connection::new(url.clone(), ANSWER_TIMEOUT).get("/healthz").await;
    answer.map(|_| ()).context("no dispatcher there; start one with `pawnshop up`, or give its --url")
}

impl Sender {
    pub(crate) fn new(
        url: client::Target,
        target: Target,
        wait: u8,
        retry_for: Duration,
        report: Arc<Report>,
        late: Late,
    ) -> Self {
        Self { url, target, wait, retry_for, report, late, waiting: Arc::new(AtomicBool::new(wait > 0)) }
    }

    /// Sends until there are no more rows.
    pub(crate) async fn run(self, rows: Arc<Mutex<mpsc::Receiver<Outgoing>>>) {
        let timeout = ANSWER_TIMEOUT + Duration::from_secs(u64::from(self.wait));
        let mut connection = Connection::new(self.url.clone(), timeout);
        loop {
            let row = rows.lock().await.recv().await;
            let Some(row) = row else { return };
            self.send(&mut connection, row).await;
        }
    }

    async fn send(&self, connection: &mut Connection, row: Outgoing) {
        let mut patience = Patience::of(self.retry_for);
        loop {
            let sent = self.post(connection, &row).await;
            let (trouble, wanted) = match sent {
                Ok(answer) if answer.status.is_success() => return self.accepted(row.place, &answer),
                Ok(answer) if !answer.may_pass() => {
                    return self.report.fault(&row.place, &answer.complaint());
                }
                Ok(answer) => (answer.complaint(), answer.retry_after()),
                Err(error @ SendError::Request(_)) => {
                    return self.report.fault(&row.place, &error.to_string());
                }
                Err(error) => (error.to_string(), None),
            };
            if !patience.wait(wanted).await {
                let seconds = self.retry_for.as_secs();
                return self.report.fault(&row.place, &format!("gave up after {seconds} s: {trouble}"));
            }
        }
    }

    async fn post(&self, connection: &mut Connection, row: &Outgoing) -> Result<Answer, SendError> {
        let header = |value: String| HeaderValue::try_from(value).map_err(http::Error::from);
        let mut headers = vec![(HeaderName::from_static("idempotency-key"), header(row.key.to_string())?)];
        if self.waiting.load(Ordering::Relaxed) {
            headers.push((HeaderName::from_static("prefer"), header(format!("wait={}", self.wait))?));
        }
        connection.send(Method::POST, self.target.path(), Some(row.body.clone()), &headers).await
    }

    fn accepted(&self, place: Place, answer: &Answer) {
        if answer.status == StatusCode::CREATED {
            self.report.applied();
        } else if self.wait == 0 {
            self.report.accepted();
        } else {
            self.waiting.store(false, Ordering::Relaxed);
            self.report.late();
            self.late.remember(place, answer);
        }
    }
}
