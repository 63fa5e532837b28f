//! How far the shops are, seen from outside: by their status alone.

use crate::world::PATIENCE;
use anyhow::{Context, Result};
use futures::StreamExt;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::Api;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, ResourceExt};
use pawnshop_resource::PawnShop;
use std::collections::HashMap;
use std::pin::pin;
use std::time::Instant;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

/// How far a shop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Its status is not of its generation, or does not tell everything yet.
    Begun,
    /// All objects are there, everything is told, and it waits for pods.
    Applied,
    /// It serves.
    Ready,
}

/// How many shops are how far, and since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) applied: usize,
    pub(crate) ready: usize,
    pub(crate) since: Instant,
}

pub(crate) struct Watch {
    progress: watch::Receiver<Progress>,
    _task: AbortOnDropHandle<()>,
}

impl Watch {
    pub(crate) fn begin(client: Client) -> Self {
        let (sender, progress) = watch::channel(Progress { applied: 0, ready: 0, since: Instant::now() });
        Self { progress, _task: AbortOnDropHandle::new(tokio::spawn(follow(client, sender))) }
    }

    /// Waits until this holds; when it did.
    pub(crate) async fn until(&mut self, holds: impl Fn(&Progress) -> bool) -> Result<Instant> {
        let last = self.progress.clone();
        let reached = timeout(PATIENCE, self.progress.wait_for(holds)).await;
        let reached = reached.with_context(|| format!("the shops do not get done: {:?}", *last.borrow()))?;
        Ok(reached.context("nobody watches")?.since)
    }
}

async fn follow(client: Client, progress: watch::Sender<Progress>) {
    let mut stages: HashMap<String, Stage> = HashMap::new();
    let shops = watcher(Api::<PawnShop>::all(client), watcher::Config::default().page_size(500));
    let mut events = pin!(shops.default_backoff());
    while let Some(event) = events.next().await {
        let Ok(Event::Apply(shop) | Event::InitApply(shop)) = event else { continue };
        stages.insert(shop.name_any(), stage(&shop));
        let reached = |stage: Stage| stages.values().filter(|reached| **reached >= stage).count();
        let (applied, ready) = (reached(Stage::Applied), reached(Stage::Ready));
        progress.send_if_modified(|before| {
            let is_new = (before.applied, before.ready) != (applied, ready);
            if is_new {
                *before = Progress { applied, ready, since: Instant::now() };
            }
            is_new
        });
    }
}

fn stage(shop: &PawnShop) -> Stage {
    let Some(status) = &shop.status else { return Stage::Begun };
    if status.observed_generation.is_none() || status.observed_generation != shop.metadata.generation {
        return Stage::Begun;
    }
    let told = |of: &str| status.conditions.iter().find(|condition| condition.type_ == of);
    let is = |condition: Option<&Condition>, status: &str, reason: &str| {
        condition.is_some_and(|condition| condition.status == status && condition.reason == reason)
    };
    // Every broker answers here; until that is told the status will be written again.
    if !is(told("BrokerReachable"), "True", "Answers") || !is(told("Degraded"), "False", "AsExpected") {
        return Stage::Begun;
    }
    match is(told("Progressing"), "False", "Complete")
        && told("Ready").is_some_and(|told| told.status == "True")
    {
        true => Stage::Ready,
        false if is(told("Progressing"), "True", "RollingOut") => Stage::Applied,
        false => Stage::Begun,
    }
}
