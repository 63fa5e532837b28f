use super::pace::{Due, Pace};
use super::sample::{Acknowledged, Sample};
use super::shelf::Shelf;
use super::shopping::{Kind, Next, Shopping};
use super::tally::{Tally, TallyError};
use super::{Plan, REQUEST_TIMEOUT};
use crate::client::{Answer, Connection, Problem, SendError};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How long a client stops after an error, so that a dispatcher that is away is not hammered.
const BREATH: Duration = Duration::from_millis(50);

/// One simulated client on one connection.
pub(super) struct Client {
    connection: Connection,
    shopping: Shopping,
    shelf: Arc<Shelf>,
    sample: Sample,
    pace: Arc<Pace>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ack<'a> {
    event_id: &'a str,
    item_id: &'a str,
}

impl Client {
    pub(super) fn new(plan: &Plan, index: u16, sample: Sample, pace: Arc<Pace>, shelf: Arc<Shelf>) -> Self {
        Self {
            connection: Connection::new(plan.url.clone(), REQUEST_TIMEOUT),
            shopping: Shopping::new(plan.seed, index, plan.read_share, Arc::clone(&shelf)),
            shelf,
            sample,
            pace,
        }
    }

    /// Sends until the time is up or `stop` is cancelled.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Result<(Tally, Sample), TallyError> {
        let mut tally = Tally::new()?;
        let stopped = stop.cancelled_owned();
        tokio::pin!(stopped);
        loop {
            let due = tokio::select! {
                biased;
                () = &mut stopped => None,
                due = self.pace.due() => due,
            };
            let Some(Due { since, .. }) = due else { return Ok((tally, self.sample)) };
            let done = match self.shopping.next() {
                Next::Write(kind, body) => self.write(kind, body, since, &mut tally).await,
                Next::Read(item) => self.read(&item, since, &mut tally).await,
            };
            let counter = if done.is_ok() { &self.pace.answered } else { &self.pace.failed };
            counter.fetch_add(1, Ordering::Relaxed);
            if let Err(kind) = done {
                tally.error(kind);
                tokio::time::sleep(BREATH).await;
            }
        }
    }

    async fn write(
        &mut self,
        kind: Kind,
        body: Bytes,
        since: Instant,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let answer = self.connection.send(Method::POST, kind.path(), Some(body), &[]).await;
        let answer = answer.map_err(error_kind)?;
        if !answer.status.is_success() {
            return Err(status_kind(&answer));
        }
        tally.write(since.elapsed());
        let ack: Ack<'_> = answer.json().map_err(|_| "unreadable answer".to_owned())?;
        if kind == Kind::Item {
            self.shelf.put(ack.item_id.to_owned());
        }
        let (event_id, item_id) = (ack.event_id, ack.item_id);
        self.sample.offer(|| Acknowledged {
            event_id: event_id.to_owned(),
            item_id: item_id.to_owned(),
            kind,
        });
        Ok(())
    }

    async fn read(&mut self, item: &str, since: Instant, tally: &mut Tally) -> Result<(), String> {
        let answer = self.connection.get(&format!("/item/fetch/{item}")).await.map_err(error_kind)?;
        match answer.status {
            StatusCode::OK | StatusCode::NOT_FOUND => {
                tally.read(since.elapsed(), answer.status == StatusCode::OK);
                Ok(())
            }
            _ => Err(status_kind(&answer)),
        }
    }
}

/// What errors of its kind are counted as.
pub(super) fn error_kind(error: SendError) -> String {
    error.kind().to_owned()
}

/// What answers of its kind are counted as.
pub(super) fn status_kind(answer: &Answer) -> String {
    let problem: Problem = answer.json().unwrap_or_default();
    format!("HTTP {} {}", answer.status.as_u16(), problem.code).trim_end().to_owned()
}
