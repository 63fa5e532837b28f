//! What `/overview` says, as far as it is shown here.

use serde::Deserialize;

/// A shop at a glance.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overview {
    pub(super) shop: String,
    /// RFC 3339, in UTC.
    pub(super) at: String,
    pub(super) window_seconds: u64,
    pub(super) accepted: Accepted,
    pub(super) workers: Processes,
    pub(super) unavailable: Vec<String>,
    pub(super) event_age: Option<EventAge>,
    pub(super) pools: Vec<Pool>,
    pub(super) untold: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accepted {
    pub(super) by: String,
    pub(super) total: u64,
    pub(super) per_second: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Processes {
    pub(super) known: u64,
    pub(super) told: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Pool {
    pub(super) name: String,
    pub(super) processes: u64,
    pub(super) workers: u64,
    pub(super) paused: bool,
    pub(super) backlog: Backlog,
    pub(super) flows: Vec<Flow>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Flow {
    pub(super) name: String,
    pub(super) backlog: Backlog,
    pub(super) settled: Option<Settled>,
    pub(super) event_age: Option<EventAge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Backlog {
    Known(u64),
    Unknown(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settled {
    pub(super) applied: u64,
    pub(super) rejected: u64,
    pub(super) dead_lettered: u64,
    pub(super) retried: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventAge {
    pub(super) mean_seconds: f64,
    pub(super) max_seconds: f64,
}

impl Overview {
    /// The sum of all pools' backlogs; `None` where one is unknown, or there is no pool.
    pub(super) fn backlog(&self) -> Option<u64> {
        if self.pools.is_empty() {
            return None;
        }
        self.pools.iter().try_fold(0_u64, |sum, pool| Some(sum.saturating_add(pool.backlog.known()?)))
    }

    /// Whether every process and every flow is in these figures; else sums lack something.
    pub(super) fn is_whole(&self) -> bool {
        let told = self.workers.told >= self.workers.known && self.untold.is_empty();
        told && !self.pools.is_empty() && self.pools.iter().all(|pool| pool.processes > 0)
    }
}

impl Backlog {
    pub(super) fn known(&self) -> Option<u64> {
        match self {
            Self::Known(events) => Some(*events),
            Self::Unknown(_) => None,
        }
    }
}
