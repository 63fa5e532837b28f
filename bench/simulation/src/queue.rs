use crate::clock::{STEP, steps};
use crate::load::{Pool, Trace};
use crate::scaler::Sight;
use crate::tally::Tally;
use pawnshop_scaling::at_pace;
use std::collections::VecDeque;

/// How pods start and end, whoever scales them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pods {
    /// Seconds from the scale write until a new worker takes events.
    pub(crate) start: u32,
    /// Seconds that a removed one may go on with what it handles.
    pub(crate) grace: u32,
}

/// Seconds after which a worker that still holds the same events is busy (decision K1).
const BUSY_AFTER: f64 = 10.0;

/// A pool's queue and its workers: events are counted, and are begun in the order in which they came.
pub(crate) struct Queue<'a> {
    pool: &'a Pool,
    trace: &'a Trace,
    pods: Pods,
    /// The events that are handled in one step where one is handled at a time.
    per_slot: f64,
    /// As ordered.
    workers: u32,
    /// Those that take events.
    ready: u32,
    /// Those that will, and at which step.
    starting: VecDeque<(u32, u32)>,
    arrived: u64,
    done: u64,
    /// Events that were begun at least once.
    begun: u64,
    /// The step in which the first event came that waits; the one after this where none does.
    first: u32,
    /// Work that is done of events that are not, in events.
    progress: f64,
    /// How many workers the work of about the last half minute would have kept at work all the time.
    share: f64,
    /// Workers with events that take longer than `BUSY_AFTER`, in each of the last steps of so long, newest first.
    long: [u32; 3],
    /// Whether events were handled in this step.
    handled: bool,
    /// Events that were in the queue at the end of this step, held or not.
    counted: u64,
    /// Those of them that workers held.
    held: u64,
}

impl<'a> Queue<'a> {
    pub(crate) fn new(pool: &'a Pool, trace: &'a Trace, pods: Pods) -> Self {
        Self {
            pool,
            trace,
            pods,
            per_slot: f64::from(STEP) / pool.handling,
            workers: 0,
            ready: 0,
            starting: VecDeque::new(),
            arrived: 0,
            done: 0,
            begun: 0,
            first: 0,
            progress: 0.0,
            share: 0.0,
            long: [0; 3],
            handled: false,
            counted: 0,
            held: 0,
        }
    }

    /// Nothing is there to be done or to do it: nothing changes until an event comes.
    pub(crate) fn is_asleep(&self) -> bool {
        self.workers == 0 && self.arrived == self.done
    }

    /// Lets a step pass, and tells what can be seen at its end.
    pub(crate) fn pass(&mut self, step: u32, tally: &mut Tally) -> Sight {
        while let Some(&(at, workers)) = self.starting.front()
            && at <= step
        {
            self.ready += workers;
            self.starting.pop_front();
        }
        let came = self.trace.arrived(step) - self.arrived;
        self.arrived += came;
        let (done, progress, share) = (self.done, self.progress, self.share);
        let left = self.work();
        self.count_share((self.done - done) as f64 + self.progress - progress);
        let in_hand = left.min(self.slots());
        self.begin(step, self.done + in_hand, tally);
        tally.worker_seconds += u64::from(self.workers) * u64::from(STEP);
        let handled = std::mem::replace(&mut self.handled, self.done > done);
        let mut sight = self.look(step, came, left, in_hand);
        sight.handled = handled;
        sight.at_pace = at_pace(share, self.ready);
        sight
    }

    /// So many events were worked off in this step.
    fn count_share(&mut self, events: f64) {
        let now = events.max(0.0) * self.pool.handling / f64::from(STEP) / f64::from(self.pool.concurrency);
        self.share += (now - self.share) / 6.0;
    }

    /// What is left at the end of the step.
    fn work(&mut self) -> u64 {
        let backlog = self.arrived - self.done;
        if backlog == 0 {
            return 0;
        }
        let can = self.progress + backlog.min(self.slots()) as f64 * self.per_slot;
        let completed = (can as u64).min(backlog);
        self.done += completed;
        self.progress = if completed == backlog { 0.0 } else { can - completed as f64 };
        backlog - completed
    }

    /// The events that can be handled at once.
    fn slots(&self) -> u64 {
        u64::from(self.ready) * u64::from(self.pool.concurrency)
    }

    /// All events until this one are begun or done. Counts how long they waited, and how long the first of the others has.
    fn begin(&mut self, step: u32, until: u64, tally: &mut Tally) {
        if until >= self.arrived {
            self.count_late(step, self.arrived, tally);
            self.first = step + 1;
            return;
        }
        self.count_late(step, until, tally);
        while self.first > 0 && self.trace.arrived(self.first - 1) > until {
            self.first -= 1;
        }
        while self.trace.arrived(self.first) <= until {
            self.first += 1;
        }
        tally.waits(step - self.first);
    }

    fn count_late(&mut self, step: u32, until: u64, tally: &mut Tally) {
        let mut came = self.first.min(step);
        while self.begun < until {
            let events = self.trace.arrived(came).min(until).saturating_sub(self.begun);
            tally.begins(events, step - came);
            self.begun += events;
            came += 1;
        }
    }

    fn look(&mut self, step: u32, came: u64, left: u64, in_hand: u64) -> Sight {
        let mut held = left.min(u64::from(self.ready) * u64::from(self.pool.prefetch));
        if left == 0 && self.ready > 0 && came > 0 {
            // By Little's law, and as it happens to be when somebody looks.
            let in_hand = came as f64 / f64::from(STEP) * self.pool.handling.min(f64::from(STEP));
            held = (in_hand + chance(step, self.pool.phase)) as u64;
        }
        let long =
            if self.pool.handling > BUSY_AFTER { in_hand.min(u64::from(self.ready)) as u32 } else { 0 };
        self.long = [long, self.long[0], self.long[1]];
        let ready = left - held.min(left);
        self.held = held;
        let counted = std::mem::replace(&mut self.counted, ready + held);
        Sight {
            workers: self.workers,
            ready,
            held,
            counted,
            busy: self.long.into_iter().min().unwrap_or_default(),
            delayed: self.trace.delayed(step),
            ..Sight::default()
        }
    }

    /// Orders so many workers at the end of a step.
    pub(crate) fn scale(&mut self, step: u32, workers: u32, tally: &mut Tally) {
        if workers > self.workers {
            let at = step + 1 + steps(self.pods.start);
            self.starting.push_back((at, workers - self.workers));
        } else {
            tally.stopped_at_work += u64::from(workers == 0 && self.held > 0);
            self.remove(self.workers - workers, tally);
        }
        self.workers = workers;
    }

    /// Removes those that have not started, then those that have nothing to do, then the rest.
    fn remove(&mut self, mut workers: u32, tally: &mut Tally) {
        while workers > 0
            && let Some((_, starting)) = self.starting.back_mut()
        {
            let now = workers.min(*starting);
            *starting -= now;
            workers -= now;
            if *starting == 0 {
                self.starting.pop_back();
            }
        }
        let in_hand = (self.arrived - self.done).min(self.slots());
        let busy = in_hand.min(u64::from(self.ready)) as u32;
        let stopped = workers.saturating_sub(self.ready - busy);
        self.ready -= workers;
        if stopped == 0 {
            return;
        }
        let theirs = in_hand as f64 * f64::from(stopped) / f64::from(busy);
        let finish = theirs * (f64::from(self.pods.grace) / self.pool.handling).min(1.0);
        self.progress *= 1.0 - f64::from(stopped) / f64::from(busy);
        self.done += finish as u64;
        tally.cut += theirs as u64 - finish as u64;
    }
}

/// A number from 0 to 1, the same for everybody who looks at this step.
fn chance(step: u32, phase: u32) -> f64 {
    let mut mixed = (u64::from(phase) << 32 | u64::from(step)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests;
