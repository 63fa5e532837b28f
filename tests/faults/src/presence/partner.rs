//! The partner whose objects change, and who reads back in the end what was seen.

use anyhow::{Context, Result, bail, ensure};
use futures::stream::{self, StreamExt, TryStreamExt};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Ids of one callback, as the partner sends them.
const IDS: u64 = 200;

/// Callbacks under way at once.
const AT_ONCE: usize = 4;

/// The pause before a callback that was not taken is sent again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long a callback may take to be taken, and a page to be read.
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

    /// Calls back with the ids from 0 on, each until it is acknowledged.
    ///
    /// # Errors
    /// When one is never acknowledged.
    pub async fn call_back(&self, ids: u64) -> Result<()> {
        let callbacks = (0..ids).step_by(IDS as usize).map(|first| self.one(first, (first + IDS).min(ids)));
        stream::iter(callbacks).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        Ok(())
    }

    async fn one(&self, first: u64, end: u64) -> Result<()> {
        let body = json!({"object_ids": (first..end).collect::<Vec<u64>>()});
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

    /// Every object that is seen.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub async fn seen(&self) -> Result<BTreeSet<u64>> {
        let (mut seen, mut next) = (BTreeSet::new(), Some("/presence?limit=100".to_owned()));
        while let Some(path) = next {
            let (page, link) = self.page(&path).await?;
            let objects = page.as_array().or_else(|| page["objects"].as_array()).context("no page")?;
            for object in objects {
                let id = object["id"].as_str().context("an object without an id")?;
                ensure!(seen.insert(id.parse()?), "{id} is listed twice");
            }
            next = link;
        }
        Ok(seen)
    }

    async fn page(&self, path: &str) -> Result<(Value, Option<String>)> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await?.error_for_status()?;
        let link = answer.headers().get("link").map(|link| link.to_str()).transpose()?;
        let next = link.and_then(|link| Some(link.split_once('<')?.1.split_once('>')?.0.to_owned()));
        Ok((answer.json().await?, next))
    }
}
