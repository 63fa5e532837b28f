use crate::{Backlog, Work};
use std::time::{Duration, Instant};

/// When a pool goes to sleep and is woken without cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A pool sleeps when nothing was to be done for so long.
    pub idle: Duration,
    /// A sleeping pool is woken when its backlog has been unknown for so long.
    pub unknown: Duration,
    /// Between two readings that are further apart nothing is known.
    pub fresh: Duration,
}

impl Default for Patience {
    /// Five minutes, and decisions K4's minute and K1's 30 s.
    fn default() -> Self {
        let [idle, unknown, fresh] = [300, 60, 30].map(Duration::from_secs);
        Self { idle, unknown, fresh }
    }
}

/// What is seen of a pool at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it has to do.
    pub work: Work,
    /// Events that its retry tiers hold: no backlog, but they will be.
    pub delayed: Backlog,
    /// Whether events were handled since the reading before, by a counter such as the broker's of acknowledgements:
    /// what comes and goes between two readings is in no backlog. False where nobody counts.
    pub handled: bool,
    /// How many workers it is to have now: `spec.replicas`, not how many are ready.
    pub current: u32,
}

impl Seen {
    fn has_nothing_to_do(&self) -> bool {
        let no_work = self.work == Work { backlog: Backlog::Known(0), busy: 0 };
        no_work && self.delayed == Backlog::Known(0) && !self.handled
    }
}

/// What to do about 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: between 1 and the maximum the backlog decides, and at 0 the pool sleeps on.
    Keep,
    /// 1 to 0.
    Sleep,
    /// 0 to 1: events wait.
    Wake,
    /// 0 to 1: nobody knows whether events wait.
    WakeBlind,
    /// 0 to the minimum, which is 1 or more.
    Restore,
}

/// Decides between 0 and 1 (decisions K3, K4), which a HorizontalPodAutoscaler leaves to others.
///
/// 1 to 0 only from exactly 1, and only when for the whole idle window nothing waited, nothing was in flight or handled, no
/// worker was busy and no retry tier held anything, all of it known; the window of a pool that somebody else has woken
/// begins then. 0 to 1 at the first event, and when the backlog has been unknown for too long; the pool then stays until
/// all that is known to be over. A sleep belongs to one pool; time is passed in, and what a restart forgets only delays.
#[derive(Clone, Debug)]
pub struct Sleep {
    patience: Patience,
    last: Option<Instant>,
    idle_since: Option<Instant>,
    unknown_since: Option<Instant>,
}

impl Sleep {
    /// Of a pool of which nothing was seen yet.
    pub fn new(patience: Patience) -> Self {
        Self { patience, last: None, idle_since: None, unknown_since: None }
    }

    /// What to do about what is seen at `now`, for a pool whose minimum is `min`.
    pub fn step(&mut self, now: Instant, seen: &Seen, min: u32) -> Step {
        self.note(now, seen);
        match (seen.current, min, &seen.work.backlog) {
            (0, 1.., _) => Step::Restore,
            (0, 0, Backlog::Known(1..)) => Step::Wake,
            (0, 0, Backlog::Unknown(_)) if self.wakes_in(now) == Some(Duration::ZERO) => Step::WakeBlind,
            (1, 0, _) if self.sleeps_in(now) == Some(Duration::ZERO) => Step::Sleep,
            _ => Step::Keep,
        }
    }

    /// How long the pool must stay idle before it may sleep; `None`: it is not idle.
    pub fn sleeps_in(&self, now: Instant) -> Option<Duration> {
        left(self.idle_since, now, self.patience.idle)
    }

    /// How long its backlog must stay unknown before it is woken; `None`: it is known.
    pub fn wakes_in(&self, now: Instant) -> Option<Duration> {
        left(self.unknown_since, now, self.patience.unknown)
    }

    fn note(&mut self, now: Instant, seen: &Seen) {
        let gap = self.last.is_some_and(|last| now.saturating_duration_since(last) > self.patience.fresh);
        let idles = seen.current > 0 && seen.has_nothing_to_do();
        if gap || !idles {
            self.idle_since = None;
        }
        if idles {
            self.idle_since.get_or_insert(now);
        }
        match seen.work.backlog {
            Backlog::Known(_) => self.unknown_since = None,
            Backlog::Unknown(_) => {
                self.unknown_since.get_or_insert(now);
            }
        }
        self.last = Some(now);
    }
}

fn left(since: Option<Instant>, now: Instant, patience: Duration) -> Option<Duration> {
    since.map(|since| patience.saturating_sub(now.saturating_duration_since(since)))
}

#[cfg(test)]
mod tests;
