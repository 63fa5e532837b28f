//! The partner whose objects change, and who reads back in the end what was seen.

use anyhow::{Result, bail, ensure};
use futures::stream::{self, StreamExt, TryStreamExt};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Ids of one callback, as the partner sends them.
const IDS: u64 = 200;

/// Callbacks under way at once.
const AT_ONCE: usize = 4;

/// The pause before a callback that was not taken is sent again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long a callback may take to be taken.
const PATIENCE: Duration = Duration::from_secs(120);

/// A partner of the shop there.
#[derive(Clone)]
pub struct Partner {
    http: Client,
    url: String,
}

impl Partner {
    /// One that is patient.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn of(url: String) -> Result<Self> {
        Ok(Self { http: Client::builder().timeout(Duration::from_secs(20)).build()?, url })
    }

    /// Calls back with so many ids, each callback until it is acknowledged: those from 0 on, or those of so many `objects`
    /// again and again.
    ///
    /// # Errors
    /// When one is never acknowledged.
    pub async fn call_back(&self, ids: u64, objects: u64) -> Result<()> {
        let callbacks =
            (0..ids).step_by(IDS as usize).map(|first| self.one(first, (first + IDS).min(ids), objects));
        stream::iter(callbacks).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        Ok(())
    }

    async fn one(&self, first: u64, end: u64, objects: u64) -> Result<()> {
        let body = json!({"object_ids": (first..end).map(|id| id % objects).collect::<Vec<u64>>()});
        let deadline = Instant::now() + PATIENCE;
        loop {
            let call = self.http.post(format!("{}/callback", self.url)).json(&body);
            let answer = call.header("idempotency-key", format!("callback-{first}")).send().await;
            match answer {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => return Ok(()),
                Ok(answer) if answer.status().is_client_error() => {
                    bail!("a callback was refused: {}", answer.text().await?)
                }
                _ => {}
            }
            ensure!(
                Instant::now() < deadline,
                "the callback of {first} was not acknowledged in {PATIENCE:?}"
            );
            sleep(AGAIN).await;
        }
    }

    /// Whether the shop tells that this object was seen.
    ///
    /// # Errors
    /// When it tells nothing that makes sense.
    pub async fn is_seen(&self, id: u64) -> Result<bool> {
        let answer = self.http.get(format!("{}/presence/{id}", self.url)).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.json::<Value>().await?["id"] == json!(id.to_string())),
            StatusCode::NOT_FOUND => Ok(false),
            status => bail!("{status} for {id}: {}", answer.text().await?),
        }
    }
}
