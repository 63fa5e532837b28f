use pawnshop_resource::PawnShopStatus;
use std::time::Duration;
use tokio::time::Instant;

/// How often a status is written for the backlog alone.
const BACKLOG_EVERY: Duration = Duration::from_secs(60);

/// A status that was written, and what the shop was when it was.
#[derive(Clone, Debug)]
pub struct Written {
    /// When.
    pub at: Instant,
    /// The version of the shop that was read before: while it is still what is read, the status is not in it.
    pub over: Option<String>,
    /// What was written.
    pub status: PawnShopStatus,
}

/// What to do about a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is as it should be.
    Leave,
    /// It is to be written.
    Write,
    /// It differs in the backlog alone, and is to be written after this time.
    Later(Duration),
}

/// What to do where `now` is the status that should be, `before` the one that is, and `last` was written last.
pub fn decide(now: &PawnShopStatus, before: Option<&PawnShopStatus>, last: Option<&Written>) -> Decision {
    let Some(before) = before else { return Decision::Write };
    if now == before {
        return Decision::Leave;
    }
    if without_backlog(now) != without_backlog(before) {
        return Decision::Write;
    }
    let waited = last.map_or(BACKLOG_EVERY, |last| last.at.elapsed());
    match BACKLOG_EVERY.checked_sub(waited) {
        Some(rest) if !rest.is_zero() => Decision::Later(rest),
        _ => Decision::Write,
    }
}

fn without_backlog(status: &PawnShopStatus) -> PawnShopStatus {
    let mut status = status.clone();
    status.backlog = None;
    for pool in &mut status.pools {
        pool.backlog = None;
        pool.backlog_unknown = None;
        if let Some(scaling) = &mut pool.scaling {
            scaling.busy = None;
            scaling.event_bytes.clear();
        }
    }
    status
}
