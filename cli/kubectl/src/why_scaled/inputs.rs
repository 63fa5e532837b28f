use super::find::{Found, Metric};
use k8s_openapi::jiff::Timestamp;
use pawnshop_operator::scaling::regime::Paused;
use pawnshop_resource::{Bounds, Schedules, Surge};
use pawnshop_scaling::{Backlog, Decision, Limits, Memory, Patience, Rule, Seen, Work, decide};
use serde::Serialize;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// What the rule is applied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Inputs {
    /// In events; `None`: unknown, which is never zero.
    pub(super) backlog: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backlog_unknown: Option<String>,
    pub(super) backlog_from: Source,
    /// When it was measured, where that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) measured: Option<Timestamp>,
    /// Workers that have held the same batch for long.
    pub(super) busy: u32,
    pub(super) backlog_per_worker: u32,
    /// Those in force now.
    pub(super) min: u32,
    pub(super) max: u32,
    /// The schedule in force, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schedule: Option<String>,
    /// Those that the pool has without schedules, where one is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) otherwise: Option<(u32, u32)>,
    /// When a schedule begins or ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_schedule: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) surge: Option<Surge>,
    pub(super) stabilization_seconds: u64,
    pub(super) paused: bool,
}

/// Where a backlog is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Source {
    /// What the operator serves to autoscalers.
    Metric,
    /// The shop's status: rounded, and up to a minute old.
    Status,
}

impl Inputs {
    /// Of this pool at this time.
    pub(super) fn of(found: &Found, now: Timestamp) -> Self {
        let (pool, told) = (&found.which.pool, &found.which.status);
        let bounds = Bounds { min: pool.min, max: pool.max };
        // The API server takes none that is no good.
        let schedules = Schedules::new(&pool.schedules).unwrap_or_default();
        let in_force = schedules.bounds(bounds, now);
        let of_status = told.backlog.and_then(|events| u64::try_from(events).ok());
        let why_unknown = || told.backlog_unknown.clone().unwrap_or_else(|| "no value is served".to_owned());
        let (backlog, backlog_unknown, backlog_from, measured) = match found.metric {
            Some(Metric::Value { events, at }) => (Some(events), None, Source::Metric, at),
            Some(Metric::Unknown) => (None, Some(why_unknown()), Source::Metric, None),
            None => (of_status, told.backlog_unknown.clone(), Source::Status, None),
        };
        Self {
            backlog,
            backlog_unknown,
            backlog_from,
            measured,
            busy: told.scaling.as_ref().and_then(|scaling| scaling.busy).unwrap_or_default(),
            backlog_per_worker: pool.backlog_per_worker,
            min: in_force.min,
            max: in_force.max,
            schedule: schedules.in_force(now).map(str::to_owned),
            otherwise: (in_force != bounds).then_some((bounds.min, bounds.max)),
            next_schedule: schedules.next_change(now),
            surge: pool.surge,
            stabilization_seconds: pool.scale_in_stabilization.as_secs(),
            paused: Paused::of(&found.which.shop).holds(&pool.name),
        }
    }

    /// What the rule says at this moment of a pool with so many workers, without regard to what was before: no window
    /// holds anything, and no worker was added yet.
    pub(super) fn decide(&self, current: u32) -> Decision {
        let limits = Limits {
            min: self.min,
            max: self.max,
            backlog_per_worker: NonZeroU32::new(self.backlog_per_worker).unwrap_or(NonZeroU32::MIN),
        };
        let surge = self.surge.map(|surge| pawnshop_scaling::Surge {
            workers: surge.workers,
            per: Duration::from_secs(u64::from(surge.seconds)),
        });
        let rule = Rule { limits, schedule: self.schedule.clone(), surge, paused: self.paused };
        let backlog = match (self.backlog, &self.backlog_unknown) {
            (Some(events), _) => Backlog::Known(events),
            (None, why) => Backlog::Unknown(why.clone().unwrap_or_else(|| "nobody tells it".to_owned())),
        };
        let work = Work { backlog, busy: self.busy };
        // What the delay tiers hold is nowhere to be read: of a pool that would sleep it is said that they may hold it.
        let seen = Seen { work, delayed: Backlog::Known(0), handled: false, current };
        let patience = Patience { idle: Duration::ZERO, ..Patience::default() };
        decide(&mut Memory::new(Duration::ZERO, patience), Instant::now(), &rule, &seen)
    }
}
