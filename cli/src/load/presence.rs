//! Load as the partner of a presence service makes it: every few seconds a callback with the ids of objects that it
//! wants looked up. `callbacks` says whose, `client` sends them until each is acknowledged or given up, `report` tells.

mod callbacks;
mod client;
mod report;
mod tally;

use super::pace::Pace;
use super::{End, check_reachable, drive};
use crate::client::Target;
use callbacks::Callbacks;
use client::Client;
use report::Report;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tally::CallbackTally;

/// What to send, how fast and how long.
pub(crate) struct Plan {
    pub(crate) url: Target,
    pub(crate) concurrency: u16,
    /// Callbacks per second.
    pub(crate) rate: f64,
    pub(crate) end: End,
    pub(crate) seed: u64,
    pub(crate) ids_per_callback: u16,
    /// How many objects there are; each id only once if none.
    pub(crate) objects: Option<u32>,
    /// How long a callback is sent again.
    pub(crate) retry_for: Duration,
}

/// Sends callbacks until the end, or until Ctrl-C.
///
/// # Errors
/// Nothing answers at that address at all.
pub(crate) async fn load(plan: Plan) -> anyhow::Result<Report> {
    check_reachable(&plan.url).await?;
    let pace = Arc::new(Pace::new(Instant::now(), plan.end, Some(plan.rate)));
    let callbacks = Callbacks::new(plan.seed, plan.ids_per_callback, plan.objects);
    let client = |_, stop| Client::new(plan.url.clone(), callbacks, plan.retry_for, pace.clone()).run(stop);
    let (finished, elapsed) = drive(&pace, plan.concurrency, client).await?;
    let mut tally = CallbackTally::new()?;
    for its in finished {
        tally.add(its)?;
    }
    Ok(Report { elapsed, tally })
}
