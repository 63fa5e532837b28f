use crate::sleep::{Patience, Seen, Sleep, Step};
use crate::surge::{Additions, Surge};
use crate::{Backlog, Decision, Limits, Reason, Stabiliser, value};
use std::time::{Duration, Instant};

/// What a pool is scaled by, as in force at one moment: a schedule's window has already replaced the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its bounds and its target.
    pub limits: Limits,
    /// The schedule that the limits are of, where one is in force.
    pub schedule: Option<String>,
    /// How many workers may be added how soon. The minimum and a sleeping pool's first worker come whatever it says.
    pub surge: Option<Surge>,
    /// Nothing is changed, not even what is out of bounds.
    pub paused: bool,
}

/// What the rule remembers of one pool between decisions; lost with the process, which only delays scaling in.
#[derive(Clone, Debug)]
pub struct Memory {
    pub(crate) stabiliser: Stabiliser,
    pub(crate) additions: Additions,
    pub(crate) sleep: Sleep,
}

impl Memory {
    /// Of a pool of which nothing was seen yet. `stabilisation`: workers are removed only after so long a time in which
    /// fewer would have done; the last one too, which moreover waits for the idle window.
    pub fn new(stabilisation: Duration, patience: Patience) -> Self {
        let (stabiliser, sleep) = (Stabiliser::new(stabilisation), Sleep::new(patience));
        Self { stabiliser, additions: Additions::default(), sleep }
    }
}

/// The whole rule: how many workers a pool is to have at `now`, and why. What somebody then does about it shows in the
/// next `seen`; a decision that could not be carried out costs nothing. Calls come in order of time.
pub fn decide(memory: &mut Memory, now: Instant, rule: &Rule, seen: &Seen) -> Decision {
    let (limits, from) = (&rule.limits, seen.current);
    let asked = match value(&seen.work, limits.backlog_per_worker) {
        Backlog::Known(events) => limits.workers_for(events),
        Backlog::Unknown(_) => from,
    };
    let wanted = if rule.paused { from } else { limits.hold(asked) };
    let highest = memory.stabiliser.highest(now, wanted, from);
    // As HPA does: what was wanted once holds what is there, and does not add to it.
    let stable = from.clamp(wanted, limits.hold(highest).max(wanted));
    let step = memory.sleep.step(now, seen, limits.min);
    memory.additions.note(now, from, rule.surge.map_or(Duration::ZERO, |surge| surge.per));
    let target = match (from, step) {
        _ if rule.paused => from,
        (0, Step::Keep) => 0,
        (1, Step::Sleep) if highest == 0 => 0,
        _ => limits.hold(stable.max(1)),
    };
    let to = target.min(memory.most(rule, from));
    let why = Found { rule, seen, asked, wanted, target, step, to }.why();
    let wait = memory.wait(now, rule, why, to);
    Decision { from, to, why, asked, wait, rule: rule.clone(), seen: seen.clone() }
}

/// What was found out on the way to a decision.
struct Found<'a> {
    rule: &'a Rule,
    seen: &'a Seen,
    /// By the backlog and the busy workers, without bounds.
    asked: u32,
    /// The same within bounds.
    wanted: u32,
    /// Stabilised, and at least one for a pool that is awake.
    target: u32,
    step: Step,
    to: u32,
}

impl Found<'_> {
    /// The first that applies: what somebody ordered, what changes, what holds.
    fn why(&self) -> Reason {
        let (limits, from, to) = (&self.rule.limits, self.seen.current, self.to);
        let unknown = matches!(self.seen.work.backlog, Backlog::Unknown(_));
        match self.step {
            _ if self.rule.paused => Reason::Paused,
            Step::Restore if to > from => Reason::Restored,
            Step::Wake if to > from => Reason::WokeUp,
            Step::WakeBlind if to > from => Reason::WokeBlind,
            _ if to < from && from > limits.max => Reason::AtMaximum,
            _ if to < from && to == 0 => Reason::FellAsleep,
            _ if to < from => Reason::BacklogShrank,
            _ if from < limits.min && to == limits.min && self.asked <= to => Reason::AtMinimum,
            _ if to < self.target => Reason::SurgeLimited,
            _ if unknown => Reason::BacklogUnknown,
            _ if self.asked > limits.max => Reason::AtMaximum,
            _ if to == 0 => Reason::Asleep,
            _ if to > self.wanted.max(1) => Reason::Stabilising,
            _ if self.is_kept_by_busy_workers() => Reason::BusyWorkers,
            _ if to > from => Reason::BacklogGrew,
            _ if self.wanted == 0 => Reason::Idling,
            _ if self.asked < limits.min => Reason::AtMinimum,
            _ => Reason::AsWanted,
        }
    }

    fn is_kept_by_busy_workers(&self) -> bool {
        match self.seen.work.backlog {
            Backlog::Known(events) => self.rule.limits.workers_for(events) < self.asked,
            Backlog::Unknown(_) => false,
        }
    }
}

impl Memory {
    /// The most workers that the surge budget allows; the minimum, and a first one, always.
    fn most(&self, rule: &Rule, from: u32) -> u32 {
        let left = rule.surge.map_or(u32::MAX, |surge| self.additions.left(&surge));
        from.saturating_add(left).max(rule.limits.min).max(1)
    }

    /// How long until time alone changes what was decided.
    fn wait(&self, now: Instant, rule: &Rule, why: Reason, to: u32) -> Option<Duration> {
        match why {
            Reason::Stabilising => self.stabiliser.wait(now),
            Reason::SurgeLimited => rule.surge.and_then(|surge| self.additions.wait(now, &surge)),
            Reason::Idling => {
                let stabilised = self.stabiliser.wait(now).unwrap_or_default();
                self.sleep.sleeps_in(now).map(|wait| wait.max(stabilised))
            }
            Reason::BacklogUnknown if to == 0 => self.sleep.wakes_in(now),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
