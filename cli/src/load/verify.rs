use super::REQUEST_TIMEOUT;
use super::sample::Acknowledged;
use crate::client::{Connection, Target};
use http::StatusCode;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Readers at once.
const READERS: usize = 32;
/// Faults that are told one by one.
const TOLD: usize = 10;
const PAUSE: Duration = Duration::from_millis(250);

/// What was read back.
#[derive(Debug, Default)]
pub(super) struct Verified {
    /// Events whose outcome is `applied` and whose item shows them.
    pub(super) readable: usize,
    /// Events that were to be checked and were not, because of Ctrl-C.
    pub(super) skipped: usize,
    /// Events that are not as acknowledged.
    pub(super) faults: usize,
    /// The first of them, in words.
    pub(super) told: Vec<String>,
    /// Until the last was readable.
    pub(super) took: Duration,
}

/// Reads every event back: its outcome must be `applied`, and its item must show it. Waits for events that are
/// still on their way, all in all no longer than `limit`.
pub(super) async fn verify(
    url: &Target,
    events: Vec<Acknowledged>,
    limit: Duration,
    stop: CancellationToken,
) -> anyhow::Result<Verified> {
    let start = Instant::now();
    let deadline = start + limit;
    let queue = Arc::new(Mutex::new(events));
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let (queue, stop, url) = (queue.clone(), stop.clone(), url.clone());
        readers.spawn(async move {
            let mut connection = Connection::new(url, REQUEST_TIMEOUT);
            let mut its = Verified::default();
            loop {
                let event = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(event) = event else { return its };
                let checked = tokio::select! {
                    biased;
                    () = stop.cancelled() => { its.skipped += 1; continue }
                    checked = check(&mut connection, &event, deadline) => checked,
                };
                match checked {
                    Ok(()) => its.readable += 1,
                    Err(fault) => {
                        its.faults += 1;
                        its.told.push(format!("{} {}: {fault}", event.kind.flow(), event.event_id));
                        its.told.truncate(TOLD);
                    }
                }
            }
        });
    }
    let mut all = Verified::default();
    while let Some(its) = readers.join_next().await {
        let its = its?;
        all.readable += its.readable;
        all.skipped += its.skipped;
        all.faults += its.faults;
        all.told.extend(its.told);
    }
    all.told.truncate(TOLD);
    all.took = start.elapsed();
    Ok(all)
}

async fn check(connection: &mut Connection, event: &Acknowledged, deadline: Instant) -> Result<(), String> {
    loop {
        let fault = match look(connection, event, deadline).await {
            Look::Good => return Ok(()),
            Look::Bad(fault) => return Err(fault),
            Look::NotYet(fault) => fault,
        };
        if Instant::now() + PAUSE > deadline {
            return Err(format!("{fault} when the time to wait was over"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

enum Look {
    Good,
    NotYet(String),
    Bad(String),
}

async fn look(connection: &mut Connection, event: &Acknowledged, deadline: Instant) -> Look {
    let path = format!("/event/{}?flow={}", event.event_id, event.kind.flow());
    match fetch(connection, &path).await {
        Ok(outcome) if outcome["outcome"] == "applied" => {}
        Ok(outcome) => return Look::Bad(format!("its outcome is {outcome}")),
        Err(fault) => return Look::NotYet(format!("its outcome is {fault}")),
    }
    let Some(history) = event.kind.history() else {
        return match fetch(connection, &format!("/item/fetch/{}", event.item_id)).await {
            Ok(item) if item["item"]["id"] == event.item_id.as_str() => Look::Good,
            Ok(item) => Look::Bad(format!("its item reads {item}")),
            Err(fault) => Look::Bad(format!("it is applied, but its item is {fault}")),
        };
    };
    match fetch(connection, &format!("/item/fetch/{}", event.item_id)).await {
        Ok(item) if shows(&item[history], event) => Look::Good,
        Ok(item) => match rest_shows(connection, &item["truncated"][history], event, deadline).await {
            Ok(true) => Look::Good,
            Ok(false) => {
                Look::Bad(format!("it is applied, but missing from the {history} of item {}", event.item_id))
            }
            Err(fault) => Look::NotYet(format!("its item's {history} are {fault}")),
        },
        // Actions may be there before their item (which was acknowledged too, so it will come).
        Err(fault) => Look::NotYet(format!("its item is {fault}")),
    }
}

/// Whether a history shows the event on the pages behind its first, to which `first` links if there are any.
async fn rest_shows(
    connection: &mut Connection,
    first: &Value,
    event: &Acknowledged,
    deadline: Instant,
) -> Result<bool, String> {
    let mut next = first.as_str().map(str::to_owned);
    while let Some(path) = next {
        if Instant::now() > deadline {
            return Err("not read to their end".to_owned());
        }
        let (page, link) = fetch_page(connection, &path).await?;
        if shows(&page, event) {
            return Ok(true);
        }
        next = link;
    }
    Ok(false)
}

fn shows(history: &Value, event: &Acknowledged) -> bool {
    history.as_array().into_iter().flatten().any(|action| action["eventId"] == event.event_id.as_str())
}

async fn fetch(connection: &mut Connection, path: &str) -> Result<Value, String> {
    fetch_page(connection, path).await.map(|(body, _)| body)
}

/// A body, and the path of the page behind it.
async fn fetch_page(connection: &mut Connection, path: &str) -> Result<(Value, Option<String>), String> {
    let answer = connection.get(path).await.map_err(|error| format!("not readable ({error})"))?;
    match answer.status {
        StatusCode::OK => {
            let body = answer.json().map_err(|error| format!("not readable ({error})"))?;
            Ok((body, answer.next_page().map(str::to_owned)))
        }
        StatusCode::NOT_FOUND => Err("not known".to_owned()),
        status => Err(format!("not readable (HTTP {status})")),
    }
}

#[cfg(test)]
#[path = "verify/tests.rs"]
mod tests;
