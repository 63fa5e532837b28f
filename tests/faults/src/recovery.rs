//! How long after a fault's end the shop is back: until a write that was sent after the end is acknowledged and in
//! effect. It is a loan, a flow of which the writers send few: what is told is when the service is back, and not how
//! long it then takes to work off a backlog.

use crate::kind::Kind;
use crate::ledger::Ledger;
use crate::shop::{Answered, Manner, Shop};
use anyhow::{Result, bail};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

/// The writer that these events are of.
pub const WRITER: u32 = 1_000_000;

/// Between two attempts: what the answer is exact to.
const EVERY: Duration = Duration::from_millis(100);
/// How long an attempt waits to be applied, in seconds.
const WAIT: u32 = 15;
/// Attempts under way at once, at most.
const AT_ONCE: usize = 64;

/// Waits until the shop is back.
///
/// # Errors
/// When it is not within `limit`.
pub async fn recovered(shop: &Shop, ledger: &Arc<Ledger>, limit: Duration) -> Result<Duration> {
    let (start, mut attempts, mut ticks) = (Instant::now(), JoinSet::new(), interval(EVERY));
    let mut last = Answered::Unknown;
    loop {
        tokio::select! {
            biased;
            Some(answered) = attempts.join_next() => match answered? {
                Answered::Applied(_) => break,
                answered => last = answered,
            },
            _ = ticks.tick(), if attempts.len() < AT_ONCE => {
                attempts.spawn(attempt(shop.clone(), Arc::clone(ledger)));
            }
        }
        if start.elapsed() > limit {
            bail!("not back within {limit:?}: the last write was {last:?}");
        }
    }
    let back = start.elapsed();
    // Dropping the rest leaves them unanswered in the ledger, as they are.
    attempts.shutdown().await;
    Ok(back)
}

async fn attempt(shop: Shop, ledger: Arc<Ledger>) -> Answered {
    let mark = ledger.attempt(WRITER, Kind::Pawn);
    let manner = Manner { keyed: true, wait: Some(WAIT), item: 0 };
    let answered = shop.send(Kind::Pawn, mark, manner).await;
    match answered {
        Answered::Accepted(id) | Answered::Applied(id) => ledger.acknowledge(mark, id),
        Answered::Refused => ledger.refuse(mark),
        Answered::Unknown => {}
    }
    answered
}
