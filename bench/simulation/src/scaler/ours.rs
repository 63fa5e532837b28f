use super::hpa::{self, Behaviour};
use super::{Busy, Growth, Scaler, Sight};
use crate::clock::Clock;
use crate::load::Pool;
use crate::tally::STABILISATION;
use pawnshop_scaling::{Backlog, Limits, Memory, Patience, Rule, Seen, Sleep, Step, Work, decide, value};
use std::num::NonZeroU32;
use std::time::Duration;

/// The operator's external metric behind an HPA; between 0 and 1 the operator itself, as it is.
pub(super) struct Hpa {
    hpa: hpa::Hpa,
    sleep: Sleep,
    clock: Clock,
    busy: Busy,
    backlog_per_worker: NonZeroU32,
}

/// The operator's own scaling, as it is.
pub(super) struct Builtin {
    memory: Memory,
    rule: Rule,
    clock: Clock,
    busy: Busy,
}

impl Hpa {
    pub(super) fn new(pool: &Pool, growth: Growth, busy: Busy) -> Self {
        let target = f64::from(pool.backlog_per_worker);
        let behaviour = match growth {
            Growth::Default => Behaviour::Given,
            Growth::Fast => Behaviour::Fast,
        };
        Self {
            hpa: hpa::Hpa::new(behaviour, target, pool.max, pool.phase),
            sleep: Sleep::new(Patience::default()),
            clock: Clock::start(),
            busy,
            backlog_per_worker: per_worker(pool),
        }
    }
}

impl Scaler for Hpa {
    fn workers(&mut self, step: u32, sight: &Sight) -> u32 {
        let seen = seen(sight, self.busy);
        match self.sleep.step(self.clock.at(step), &seen, 0) {
            Step::Sleep => 0,
            Step::Wake | Step::WakeBlind | Step::Restore => 1,
            Step::Keep => match value(&seen.work, self.backlog_per_worker) {
                Backlog::Known(metric) => self.hpa.workers(step, || metric, sight.workers),
                Backlog::Unknown(_) => sight.workers,
            },
        }
    }
}

impl Builtin {
    pub(super) fn new(pool: &Pool, busy: Busy) -> Self {
        let limits = Limits { min: 0, max: pool.max, backlog_per_worker: per_worker(pool) };
        Self {
            memory: Memory::new(Duration::from_secs(u64::from(STABILISATION)), Patience::default()),
            rule: Rule { limits, schedule: None, surge: None, paused: false },
            clock: Clock::start(),
            busy,
        }
    }
}

impl Scaler for Builtin {
    fn workers(&mut self, step: u32, sight: &Sight) -> u32 {
        decide(&mut self.memory, self.clock.at(step), &self.rule, &seen(sight, self.busy)).to
    }
}

fn per_worker(pool: &Pool) -> NonZeroU32 {
    NonZeroU32::new(pool.backlog_per_worker).unwrap_or(NonZeroU32::MIN)
}

/// What the operator sees: the statistics, and what a passive declaration says of what is ready.
fn seen(sight: &Sight, busy: Busy) -> Seen {
    let backlog = Backlog::Known(sight.counted.max(sight.ready));
    Seen {
        work: Work {
            backlog,
            busy: if busy == Busy::Paced { sight.busy.max(sight.at_pace) } else { sight.busy },
        },
        delayed: Backlog::Known(u64::from(sight.delayed)),
        handled: sight.handled,
        current: sight.workers,
    }
}
