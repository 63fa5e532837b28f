use crate::clock::{STEP, steps};

/// HPA's default, and the default of the resource.
pub(crate) const STABILISATION: u32 = 300;

/// What came of scaling one pool, or many of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) events: u64,
    /// Events that waited for longer than 10 s and than 60 s until somebody began with them.
    pub(crate) late: [u64; 2],
    /// Milliseconds in which the first event that waited had waited for longer.
    pub(crate) over: [u64; 2],
    /// Seconds of workers, from the scale write on.
    pub(crate) worker_seconds: u64,
    /// Changes of the number of workers.
    pub(crate) changes: u64,
    /// Changes in the other direction than the change before.
    pub(crate) turns: u64,
    /// Workers removed less than half a stabilisation window after some were added: turns that the window is to prevent.
    /// (A whole one would blame HPA for a surge that takes it several looks.)
    pub(crate) hasty: u64,
    /// Times that the last worker was removed while workers held events.
    pub(crate) stopped_at_work: u64,
    /// Events that were being handled longer than the grace period allows when their worker was removed: they begin anew.
    pub(crate) cut: u64,
}

impl Tally {
    /// The thresholds of `late` and `over`, in seconds.
    pub(crate) const AGES: [u32; 2] = [10, 60];

    pub(crate) fn add(&mut self, other: &Self) {
        self.events += other.events;
        for slo in 0..2 {
            self.late[slo] += other.late[slo];
            self.over[slo] += other.over[slo];
        }
        self.worker_seconds += other.worker_seconds;
        self.changes += other.changes;
        self.turns += other.turns;
        self.hasty += other.hasty;
        self.stopped_at_work += other.stopped_at_work;
        self.cut += other.cut;
    }

    /// The first event that waits at the end of a step came so many steps before, in the middle of its own.
    pub(crate) fn waits(&mut self, age: u32) {
        const MILLIS: u32 = STEP * 1_000;
        for (over, limit) in self.over.iter_mut().zip(Self::AGES) {
            let waited = age * MILLIS + MILLIS / 2;
            *over += u64::from(waited.saturating_sub(limit * 1_000).min(MILLIS));
        }
    }

    /// So many events are begun after so many steps.
    pub(crate) fn begins(&mut self, events: u64, age: u32) {
        for (late, limit) in self.late.iter_mut().zip(Self::AGES) {
            *late += events * u64::from(age * STEP > limit);
        }
    }
}

/// Counts changes and how often they turn.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turns {
    last: Option<bool>,
    out: Option<u32>,
}

impl Turns {
    pub(crate) fn count(&mut self, step: u32, from: u32, to: u32, tally: &mut Tally) {
        let out = to > from;
        tally.changes += 1;
        tally.turns += u64::from(self.last.is_some_and(|last| last != out));
        self.last = Some(out);
        if out {
            self.out = Some(step);
        } else {
            tally.hasty += u64::from(self.out.is_some_and(|out| step - out < steps(STABILISATION / 2)));
        }
    }
}
