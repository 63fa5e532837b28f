//! What a scaler remembers of a pool from look to look.

use super::board::PoolKey;
use super::deletion_cost::Marks;
use super::measure::STATISTICS;
use super::plan::{Plan, PoolPlan};
use super::told::{Change, PoolTold};
use crate::observe::Backlog;
use pawnshop_scaling::{Memory, Patience};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// What is remembered of a pool.
pub(super) struct Pool {
    /// Which one.
    pub(super) key: PoolKey,
    /// What its decisions are made by.
    pub(super) memory: Memory,
    /// What `memory` was made for.
    stabilisation: Duration,
    /// What is told of it.
    pub(super) told: PoolTold,
    /// How many workers there were to be when it was last looked at.
    pub(super) workers: Option<u32>,
    /// Changes of that number of which it is not told yet why, the first one first.
    pub(super) unexplained: VecDeque<Change>,
    /// Which of its pods were said to be dear.
    pub(super) marks: Marks,
}

impl Pool {
    /// One that was not looked at yet.
    pub(super) fn new(of: &PoolPlan, plan: &Plan) -> Self {
        let before = plan.before.iter().find(|(name, _)| *name == of.key.pool);
        let before = before.map(|(_, before)| before.clone()).unwrap_or_default();
        let bytes = before.event_bytes.into_iter().map(|(flow, bytes)| (flow, f64::from(bytes)));
        Self {
            key: of.key.clone(),
            memory: memory(of.stabilisation),
            stabilisation: of.stabilisation,
            told: PoolTold {
                name: of.key.pool.clone(),
                is_scaled: of.is_scaled,
                backlog: Backlog::Unknown("it was not measured yet".to_owned()),
                unknown_since: None,
                decision: None,
                event_bytes: bytes.collect(),
                changes: before.changes,
            },
            workers: None,
            unexplained: VecDeque::new(),
            marks: Marks::default(),
        }
    }

    /// Goes on by another plan.
    pub(super) fn adopt(&mut self, of: &PoolPlan) {
        if self.stabilisation != of.stabilisation {
            self.stabilisation = of.stabilisation;
            self.memory = memory(of.stabilisation);
        }
        self.told.is_scaled = of.is_scaled;
    }

    /// Takes note of the mean bytes of an event, by flow, as pods told them.
    pub(super) fn learn(&mut self, of: &PoolPlan, event_bytes: &BTreeMap<String, f64>) {
        let told = of.queues.iter().filter_map(|queue| event_bytes.get_key_value(&queue.flow));
        self.told.event_bytes.extend(told.map(|(flow, mean)| (flow.clone(), *mean)));
    }
}

/// A pool is idle for no shorter a time than the broker's counters need to tell that something was handled.
fn memory(stabilisation: Duration) -> Memory {
    Memory::new(stabilisation, Patience { idle: stabilisation.max(STATISTICS), ..Patience::default() })
}

/// What of a pool is worth a new status. Backlogs that grow or shrink are, as far as the status can tell them apart.
pub(super) fn state(told: &PoolTold) -> (bool, bool, Option<u64>) {
    let digits = match told.backlog {
        Backlog::Known(events) => Some(crate::status::two_digits(events)),
        Backlog::Unknown(_) => None,
    };
    (told.lasting_unknown().is_some(), told.is_asleep(), digits)
}
