//! What many workers told, made into one account of the shop.

use super::document::{Backlog, EventAge, Flow, Pool, Settled};
use pawnshop_domain::Happened;
use pawnshop_rpc::v1::{FlowFigures, PoolFigures, WorkerFigures, flow_figures};
use std::collections::{BTreeMap, BTreeSet};

/// Why nothing is known of a pool that told of itself before.
const NOBODY_TELLS: &str = "no worker of this pool answers: it sleeps, or cannot be reached";

/// The most pools that are remembered: a resource has at most so many.
const MOST_POOLS: usize = 32;

/// Which pools have told of themselves, and their flows: a pool that sleeps has nobody left to tell of it.
#[derive(Debug, Default)]
pub(super) struct Remembered(BTreeMap<String, BTreeSet<String>>);

/// What the workers' figures come to.
#[derive(Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) pools: Vec<Pool>,
    pub(super) unavailable: Vec<String>,
    pub(super) event_age: Option<EventAge>,
    pub(super) untold: Vec<String>,
}

/// Sums up what workers told of a shop that serves these flows.
pub(super) fn summary(
    told: Vec<WorkerFigures>,
    served: impl IntoIterator<Item = String>,
    remembered: &mut Remembered,
) -> Summary {
    let mut unavailable = BTreeSet::new();
    let mut pools = BTreeMap::<String, Told>::new();
    for figures in told {
        unavailable.extend(figures.unavailable);
        for pool in figures.pools {
            pools.entry(pool.name.clone()).or_default().add(pool);
        }
    }
    let recent = pools.values().flat_map(|pool| pool.flows.values());
    let event_age = event_age(recent.fold(Happened::default(), |all, flow| all.and(flow.recent)));
    let mut pools: Vec<Pool> = pools.into_iter().map(|(name, pool)| pool.finish(name)).collect();
    pools.extend(remembered.asleep(&pools));
    pools.sort_by(|one, other| one.name.cmp(&other.name));
    let known: BTreeSet<_> =
        pools.iter().flat_map(|pool| &pool.flows).map(|flow| flow.name.clone()).collect();
    let untold = served.into_iter().filter(|flow| !known.contains(flow)).collect();
    Summary { pools, unavailable: unavailable.into_iter().collect(), event_age, untold }
}

impl Remembered {
    /// Takes note of those that told, and gives those of which nobody tells any more. A pool whose flows others
    /// have by now is forgotten.
    fn asleep(&mut self, told: &[Pool]) -> Vec<Pool> {
        let flows: BTreeSet<_> = told.iter().flat_map(|pool| &pool.flows).map(|flow| &flow.name).collect();
        self.0.retain(|name, own| {
            own.retain(|flow| !flows.contains(flow));
            told.iter().all(|pool| pool.name != *name) && !own.is_empty()
        });
        let asleep = self.0.iter().map(|(name, flows)| Pool {
            name: name.clone(),
            processes: 0,
            workers: 0,
            paused: false,
            backlog: Backlog::Unknown(NOBODY_TELLS.to_owned()),
            flows: flows.iter().map(|flow| unknown(flow)).collect(),
        });
        let asleep = asleep.collect();
        for pool in told.iter().take(MOST_POOLS.saturating_sub(self.0.len())) {
            self.0.insert(pool.name.clone(), pool.flows.iter().map(|flow| flow.name.clone()).collect());
        }
        asleep
    }
}

fn unknown(flow: &str) -> Flow {
    Flow {
        name: flow.to_owned(),
        backlog: Backlog::Unknown(NOBODY_TELLS.to_owned()),
        settled: None,
        event_age: None,
    }
}

/// A pool, as those told who have told so far.
#[derive(Default)]
struct Told {
    processes: u32,
    workers: u32,
    running: bool,
    flows: BTreeMap<String, ToldFlow>,
}

#[derive(Default)]
struct ToldFlow {
    /// The latest reading that gave a number, and how old it is.
    known: Option<(u64, u64)>,
    /// Why one of them has none.
    unknown: Option<String>,
    settled: Settled,
    recent: Happened,
}

impl Told {
    fn add(&mut self, pool: PoolFigures) {
        self.processes += 1;
        self.workers = self.workers.saturating_add(pool.workers);
        self.running |= !pool.paused;
        for flow in pool.flows {
            self.flows.entry(flow.name.clone()).or_default().add(flow);
        }
    }

    fn finish(self, name: String) -> Pool {
        let flows: Vec<Flow> = self.flows.into_iter().map(|(name, flow)| flow.finish(name)).collect();
        Pool {
            name,
            processes: self.processes,
            workers: self.workers,
            paused: !self.running,
            backlog: sum(&flows),
            flows,
        }
    }
}

impl ToldFlow {
    /// All read the same queue: the latest number counts, and no number only where nobody has one.
    fn add(&mut self, flow: FlowFigures) {
        let age = flow.backlog_age_ms;
        match flow.backlog {
            Some(flow_figures::Backlog::Known(events)) => {
                let is_later = self.known.is_none_or(|(_, known_age)| age < known_age);
                self.known = if is_later { Some((events, age)) } else { self.known };
            }
            Some(flow_figures::Backlog::Unknown(reason)) => self.unknown = Some(reason),
            None => {}
        }
        let told = flow.settled.unwrap_or_default();
        let settled = &mut self.settled;
        settled.applied = settled.applied.saturating_add(told.applied);
        settled.rejected = settled.rejected.saturating_add(told.rejected);
        settled.dead_lettered = settled.dead_lettered.saturating_add(told.dead_lettered);
        settled.retried = settled.retried.saturating_add(told.retried);
        settled.returned = settled.returned.saturating_add(told.returned);
        let recent = flow.recently_applied.unwrap_or_default();
        self.recent = self.recent.and(Happened {
            times: recent.events,
            sum: recent.age_sum_us,
            max: recent.age_max_us,
        });
    }

    fn finish(self, name: String) -> Flow {
        let backlog = match (self.known, self.unknown) {
            (Some((events, _)), _) => Backlog::Known(events),
            (None, Some(reason)) => Backlog::Unknown(reason),
            (None, None) => Backlog::Unknown("its workers do not say".to_owned()),
        };
        Flow { name, backlog, settled: Some(self.settled), event_age: event_age(self.recent) }
    }
}

/// One unknown makes the sum unknown (G7).
fn sum(flows: &[Flow]) -> Backlog {
    flows.iter().fold(Backlog::Known(0), |sum, flow| match (sum, &flow.backlog) {
        (Backlog::Known(sum), Backlog::Known(events)) => Backlog::Known(sum.saturating_add(*events)),
        (Backlog::Known(_), Backlog::Unknown(reason)) => Backlog::Unknown(format!("{}: {reason}", flow.name)),
        (unknown, _) => unknown,
    })
}

/// `None` where nothing took effect: there is no age then.
fn event_age(recent: Happened) -> Option<EventAge> {
    let seconds = |micros: f64| micros / 1e6;
    (recent.times > 0).then(|| EventAge {
        events: recent.times,
        mean_seconds: seconds(recent.sum as f64 / recent.times as f64),
        max_seconds: seconds(recent.max as f64),
    })
}

#[cfg(test)]
mod tests;
