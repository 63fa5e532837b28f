//! What was asked for and what was answered, event by event, so that loss and repetition are counted, not estimated.

mod reckoning;
#[cfg(test)]
mod tests;

pub use reckoning::{Found, Judged, Outcome, Reckoning, Stored};

use crate::kind::Kind;
use pawnshop_domain::EventId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Names one event for good: it is the event's price, and its writer is in its item's id, so that a document says
/// whose effect it is whatever id the shop gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Who sent it.
    pub writer: u32,
    /// Which of its events it is, from 0.
    pub number: u32,
}

/// The fault during which something happened: its place in the plan; `None` in calm.
pub type During = Option<usize>;

/// How many of the last acknowledged events are at hand for readers.
const RECENT: usize = 16;

/// Every event of a run. All of it is in memory: 64 bytes an event.
#[derive(Debug, Default)]
pub struct Ledger {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    now: During,
    events: BTreeMap<u32, Vec<Entry>>,
    poison: Vec<Poison>,
    recent: VecDeque<(Kind, EventId)>,
    acknowledged: u64,
    acknowledged_during: BTreeMap<During, u64>,
}

/// One event.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: Kind,
    answer: Answer,
    /// Another event that wants the same item with other content.
    rival: Option<u32>,
    /// It was, or may have been, in a queue that somebody deleted (decision D6).
    queue_deleted: bool,
    began: During,
    at: Instant,
}

/// What its writer was told, in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Nothing, or that it may have been accepted.
    Unanswered,
    /// That it is durable.
    Acknowledged(EventId),
    /// That nothing was accepted.
    Refused,
}

/// Something that can never be applied, and must be a dead letter.
#[derive(Clone, Debug)]
pub struct Poison {
    /// What it is, for people.
    pub what: &'static str,
    /// Bytes that only this one's envelope contains.
    pub token: Vec<u8>,
}

impl Ledger {
    /// Notes that an event is about to be sent.
    pub fn attempt(&self, writer: u32, kind: Kind) -> Mark {
        let mut pages = self.pages();
        let began = pages.now;
        let events = pages.events.entry(writer).or_default();
        let number = u32::try_from(events.len()).unwrap_or(u32::MAX);
        events.push(Entry {
            kind,
            answer: Answer::Unanswered,
            rival: None,
            queue_deleted: false,
            began,
            at: Instant::now(),
        });
        Mark { writer, number }
    }

    /// Notes that an item is about to be sent that wants the id of `rival` for other content: one of the two can be
    /// applied, the other one must be rejected.
    pub fn attempt_against(&self, rival: Mark) -> Mark {
        let mark = self.attempt(rival.writer, Kind::Item);
        let mut pages = self.pages();
        for (one, other) in [(mark, rival), (rival, mark)] {
            if let Some(entry) = pages.entry(one) {
                entry.rival = Some(other.number);
            }
        }
        mark
    }

    /// The shop said that the event is durable, under this id.
    pub fn acknowledge(&self, mark: Mark, id: EventId) {
        let mut pages = self.pages();
        let now = pages.now;
        let Some(entry) = pages.entry(mark) else { return };
        let first = !matches!(entry.answer, Answer::Acknowledged(_));
        entry.answer = Answer::Acknowledged(id);
        let kind = entry.kind;
        if first {
            pages.recent.truncate(RECENT - 1);
            pages.recent.push_front((kind, id));
            pages.acknowledged += 1;
            *pages.acknowledged_during.entry(now).or_default() += 1;
        }
    }

    /// The shop said that nothing was accepted.
    pub fn refuse(&self, mark: Mark) {
        if let Some(entry) = self.pages().entry(mark) {
            entry.answer = Answer::Refused;
        }
    }

    /// Notes which fault begins; `None` when calm begins.
    pub fn enter(&self, fault: During) {
        self.pages().now = fault;
    }

    /// A queue was deleted: what had been sent to it within `recent` until now may be gone with it.
    pub fn queue_deleted(&self, kind: Kind, recent: Duration) {
        let may_be_gone = |entry: &&mut Entry| entry.kind == kind && entry.at.elapsed() < recent;
        for entry in self.pages().events.values_mut().flatten().filter(may_be_gone) {
            entry.queue_deleted = true;
        }
    }

    /// Demands that this is a dead letter in the end.
    pub fn expect_letter(&self, poison: Poison) {
        self.pages().poison.push(poison);
    }

    /// Events acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.pages().acknowledged
    }

    /// The last acknowledged events.
    pub fn recent(&self) -> Vec<(Kind, EventId)> {
        self.pages().recent.iter().copied().collect()
    }

    /// Some acknowledged events, evenly spread over all of them.
    pub fn sample(&self, count: usize) -> Vec<(Kind, EventId)> {
        let pages = self.pages();
        let step = usize::try_from(pages.acknowledged).unwrap_or(usize::MAX).div_ceil(count.max(1)).max(1);
        let acknowledged = pages.events.values().flatten().filter(|entry| !entry.queue_deleted);
        acknowledged
            .filter_map(|entry| match entry.answer {
                Answer::Acknowledged(id) => Some((entry.kind, id)),
                _ => None,
            })
            .step_by(step)
            .collect()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn entry(&mut self, mark: Mark) -> Option<&mut Entry> {
        self.events.get_mut(&mark.writer)?.get_mut(usize::try_from(mark.number).ok()?)
    }
}
