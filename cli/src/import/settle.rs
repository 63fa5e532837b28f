use super::Target;
use super::report::Report;
use super::source::Place;
use crate::client::{self, Answer, Connection};
use http::StatusCode;
use http::header::LOCATION;
use pawnshop_domain::EventId;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

/// The most rows that are remembered, of some 40 bytes each; those beyond stay unknown.
const MOST: usize = 1_000_000;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Before the next question, when an outcome was not known yet.
const PAUSE: Duration = Duration::from_millis(100);

/// The rows that were accepted before their outcome was known.
#[derive(Clone, Default)]
pub(crate) struct Late(Arc<Mutex<VecDeque<Row>>>);

struct Row {
    place: Place,
    event: EventId,
}

impl Late {
    /// Remembers the row of a 202 that tells where its outcome will be.
    pub(crate) fn remember(&self, place: Place, accepted: &Answer) {
        let Some(event) = event_of(accepted) else { return };
        let mut rows = self.rows();
        if rows.len() < MOST {
            rows.push_back(Row { place, event });
        }
    }

    /// Asks for every outcome, by turns, until all are known or the time is over, and reports those that are.
    pub(crate) async fn settle(
        &self,
        url: &client::Target,
        target: Target,
        concurrency: u16,
        limit: Duration,
        report: &Arc<Report>,
    ) -> Result<(), tokio::task::JoinError> {
        let deadline = Instant::now() + limit;
        let mut askers = JoinSet::new();
        for _ in 0..self.rows().len().min(usize::from(concurrency)) {
            let (late, url, report) = (self.clone(), url.clone(), report.clone());
            askers.spawn(async move {
                let ask = late.ask(Connection::new(url, ANSWER_TIMEOUT), target, &report);
                // What is left is counted as not known.
                let _ = timeout_at(deadline, ask).await;
            });
        }
        while let Some(finished) = askers.join_next().await {
            finished?;
        }
        Ok(())
    }

    async fn ask(&self, mut connection: Connection, target: Target, report: &Report) {
        loop {
            let row = self.rows().pop_front();
            let Some(row) = row else { return };
            let path = format!("/event/{}?flow={}", row.event, target.flow());
            let outcome = match connection.get(&path).await {
                Ok(answer) if answer.status == StatusCode::OK => answer.json::<Value>().ok(),
                _ => None,
            };
            match outcome {
                Some(outcome) if outcome["outcome"] == "applied" => report.settled(),
                Some(outcome) => report.settled_as_fault(&row.place, &complaint(&outcome)),
                None => {
                    self.rows().push_back(row);
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn rows(&self) -> MutexGuard<'_, VecDeque<Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The event in `Location: /event/{id}?flow=...`.
fn event_of(accepted: &Answer) -> Option<EventId> {
    let path = accepted.headers.get(LOCATION)?.to_str().ok()?.split('?').next()?;
    path.rsplit('/').next()?.parse().ok()
}

/// What became of a row that was not applied.
fn complaint(outcome: &Value) -> String {
    let name = outcome["outcome"].as_str().unwrap_or("of an unknown outcome");
    match outcome["detail"].as_str() {
        Some(detail) if name == "rejected" => detail.to_owned(),
        Some(detail) => format!("{name}: {detail}"),
        None => name.to_owned(),
    }
}
