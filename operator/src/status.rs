//! A shop's status (decision K9): made from what was found, the same bytes while nothing changed, and written only
//! when it differs, for the backlog's sake at most once a minute.

mod quiet;
#[cfg(test)]
mod tests;
mod write;

pub use quiet::{Decision, Written, decide};
pub use write::{WriteError, write};

use crate::conditions::{Findings, Fleet, conditions, cut};
use crate::observe::Backlog;
use k8s_openapi::jiff::Timestamp;
use pawnshop_resource::{PawnShopStatus, PoolScaling, PoolStatus, ReplicaStatus};

/// The longest reason for an unknown backlog that the API server takes.
const LONGEST_REASON: usize = 1024;

/// A pool's queues, for its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolQueues {
    /// The flows that its workers consume.
    pub flows: Vec<String>,
    /// The events in them.
    pub backlog: Backlog,
    /// How the pool is scaled.
    pub scaling: Option<PoolScaling>,
}

/// The status of a shop with these findings. `queues` are those of `findings.pools`, in the same order.
pub fn status(
    findings: &Findings,
    queues: &[PoolQueues],
    selector: String,
    before: Option<&PawnShopStatus>,
    now: Timestamp,
) -> PawnShopStatus {
    let conditions_before = before.map(|before| before.conditions.as_slice()).unwrap_or_default();
    let pools: Vec<_> =
        findings.pools.iter().zip(queues).map(|(pool, queues)| pool_status(pool, queues)).collect();
    let (replicas, ready) = counts(&findings.dispatcher);
    PawnShopStatus {
        observed_generation: findings.generation,
        conditions: conditions(findings, conditions_before, now),
        workers: Some(workers(&findings.pools)),
        backlog: Some(sum(queues)),
        dispatcher: Some(ReplicaStatus { replicas, ready, selector }),
        pools,
    }
}

fn pool_status(pool: &Fleet, queues: &PoolQueues) -> PoolStatus {
    let (replicas, ready) = counts(pool);
    let (backlog, backlog_unknown) = match &queues.backlog {
        Backlog::Known(events) => (Some(i64::try_from(two_digits(*events)).unwrap_or(i64::MAX)), None),
        Backlog::Unknown(why) => (None, Some(cut(why.clone(), LONGEST_REASON))),
    };
    PoolStatus {
        name: pool.name.clone(),
        replicas,
        ready,
        backlog,
        backlog_unknown,
        flows: queues.flows.clone(),
        scaling: queues.scaling.clone(),
    }
}

fn counts(fleet: &Fleet) -> (u32, u32) {
    fleet.rollout.as_ref().map_or((0, 0), |rollout| (rollout.replicas, rollout.ready))
}

fn workers(pools: &[Fleet]) -> String {
    let rollouts = || pools.iter().filter_map(|pool| pool.rollout.as_ref());
    let (ready, wanted): (u32, u32) =
        (rollouts().map(|rollout| rollout.ready).sum(), rollouts().map(|rollout| rollout.wanted).sum());
    format!("{ready}/{wanted}")
}

/// Of all pools together; unknown if any is (G7).
fn sum(queues: &[PoolQueues]) -> String {
    let known = queues.iter().map(|queues| match &queues.backlog {
        Backlog::Known(events) => Some(*events),
        Backlog::Unknown(_) => None,
    });
    known.sum::<Option<u64>>().map_or_else(|| "unknown".to_owned(), |events| two_digits(events).to_string())
}

/// A number to two significant digits, so that small changes of a large backlog are none.
pub(crate) fn two_digits(number: u64) -> u64 {
    let digits = number.checked_ilog10().unwrap_or_default();
    let unit = 10_u64.pow(digits.saturating_sub(1));
    let rest = number % unit;
    if rest >= unit.div_ceil(2) && unit > 1 { (number - rest).saturating_add(unit) } else { number - rest }
}
