//! Fake but lifelike load: `shopping` makes up requests, `client` sends them when `pace` says so, `tally` measures,
//! `verify` reads back what was acknowledged, `report` tells. `presence` is the same with callbacks for requests.

mod client;
mod pace;
pub(crate) mod presence;
mod progress;
mod report;
mod sample;
mod shelf;
mod shopping;
mod tally;
mod verify;

pub(crate) use pace::End;

use crate::client::{Connection, Target};
use anyhow::Context;
use client::Client;
use pace::Pace;
use report::Report;
use sample::Sample;
use shelf::Shelf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tally::{Tally, TallyError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What to send, how fast and how long, and what to read back.
pub(crate) struct Plan {
    pub(crate) url: Target,
    pub(crate) concurrency: u16,
    /// Requests per second, or as many as get answered.
    pub(crate) rate: Option<f64>,
    pub(crate) end: End,
    pub(crate) read_share: f64,
    pub(crate) seed: u64,
    /// The most events to read back.
    pub(crate) verify: usize,
    pub(crate) verify_timeout: Duration,
}

/// Sends until the end, or until Ctrl-C, then reads back; a second Ctrl-C ends that too.
///
/// # Errors
/// Nothing answers at that address at all.
pub(crate) async fn load(plan: Plan) -> anyhow::Result<Report> {
    check_reachable(&plan.url).await?;
    let pace = Arc::new(Pace::new(Instant::now(), plan.end, plan.rate));
    let shelf = Arc::new(Shelf::default());
    let share = plan.verify.div_ceil(usize::from(plan.concurrency));
    let client =
        |index, stop| Client::new(&plan, index, Sample::new(share), pace.clone(), shelf.clone()).run(stop);
    let (finished, elapsed) = drive(&pace, plan.concurrency, client).await?;
    let (mut tally, mut sample) = (Tally::new()?, Vec::new());
    for (its_tally, its_sample) in finished {
        tally.add(its_tally)?;
        sample.extend(its_sample.into_events());
    }

    let stop = CancellationToken::new();
    let interrupted = tokio::spawn(cancel_on_interrupt(stop.clone()));
    sample.truncate(plan.verify);
    let verified = verify::verify(&plan.url, sample, plan.verify_timeout, stop).await?;
    interrupted.abort();
    Ok(Report { elapsed, tally, verified })
}

async fn check_reachable(url: &Target) -> anyhow::Result<()> {
    let answer = Connection::new(url.clone(), REQUEST_TIMEOUT).get("/healthz").await;
    answer.map(|_| ()).context("no dispatcher there; start one with `pawnshop up`, or give its --url")
}

/// Runs so many clients, made by index and what stops them, to their end or until Ctrl-C. Gives what each of them has,
/// and how long it took.
async fn drive<T, C>(
    pace: &Arc<Pace>,
    clients: u16,
    client: impl Fn(u16, CancellationToken) -> C,
) -> anyhow::Result<(Vec<T>, Duration)>
where
    T: Send + 'static,
    C: Future<Output = Result<T, TallyError>> + Send + 'static,
{
    let stop = CancellationToken::new();
    let interrupted = tokio::spawn(cancel_on_interrupt(stop.clone()));
    let progress = progress::start(pace.clone());
    let mut running: JoinSet<_> = (0..clients).map(|index| client(index, stop.clone())).collect();
    let mut finished = Vec::new();
    while let Some(its) = running.join_next().await {
        finished.push(its??);
    }
    let elapsed = pace.elapsed();
    progress.abort();
    interrupted.abort();
    Ok((finished, elapsed))
}

async fn cancel_on_interrupt(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.cancel();
    }
}
