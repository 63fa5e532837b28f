//! Fake but lifelike load: `shopping` makes up requests, `client` sends them, `tally` measures, `verify` reads
//! back what was acknowledged, `report` tells.

mod client;
mod progress;
mod report;
mod sample;
mod shelf;
mod shopping;
mod tally;
mod verify;

pub(crate) use report::Report;

use crate::client::{Connection, Target};
use anyhow::Context;
use client::{Client, Pace};
use sample::Sample;
use shelf::Shelf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tally::Tally;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What to send, how fast and how long, and what to read back.
pub(crate) struct Plan {
    pub(crate) url: Target,
    pub(crate) concurrency: u16,
    /// Requests per second, or as many as get answered.
    pub(crate) rate: Option<u32>,
    pub(crate) duration: Duration,
    pub(crate) read_share: f64,
    pub(crate) seed: u64,
    /// The most events to read back.
    pub(crate) verify: usize,
    pub(crate) verify_timeout: Duration,
}

/// Sends for the given time, or until Ctrl-C, then reads back; a second Ctrl-C ends that too.
///
/// # Errors
/// Nothing answers at that address at all.
pub(crate) async fn load(plan: Plan) -> anyhow::Result<Report> {
    let answer = Connection::new(plan.url.clone(), REQUEST_TIMEOUT).get("/healthz").await;
    answer.context("no dispatcher there; start one with `pawnshop up`, or give its --url")?;

    let stop = CancellationToken::new();
    let interrupted = tokio::spawn(cancel_on_interrupt(stop.clone()));
    let start = Instant::now();
    let pace = Arc::new(Pace::new(start, plan.duration, plan.rate));
    let progress = progress::start(pace.clone());
    let shelf = Arc::new(Shelf::default());
    let mut clients = JoinSet::new();
    for index in 0..plan.concurrency {
        let share = plan.verify.div_ceil(usize::from(plan.concurrency));
        let client = Client::new(&plan, index, Sample::new(share), pace.clone(), shelf.clone());
        clients.spawn(client.run(stop.clone()));
    }
    let (mut tally, mut sample) = (Tally::new()?, Vec::new());
    while let Some(finished) = clients.join_next().await {
        let (its_tally, its_sample) = finished??;
        tally.add(its_tally)?;
        sample.extend(its_sample.into_events());
    }
    let elapsed = start.elapsed();
    progress.abort();
    interrupted.abort();

    let stop = CancellationToken::new();
    let interrupted = tokio::spawn(cancel_on_interrupt(stop.clone()));
    sample.truncate(plan.verify);
    let verified = verify::verify(&plan.url, sample, plan.verify_timeout, stop).await?;
    interrupted.abort();
    Ok(Report { elapsed, tally, verified })
}

async fn cancel_on_interrupt(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.cancel();
    }
}
