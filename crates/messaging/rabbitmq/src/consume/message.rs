use super::budget;
use super::part::Part;
use crate::shared::Flow;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Where a message came from, and how the broker knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Its delivery tag, on the one channel of its consumer.
    pub(super) tag: u64,
    /// Which of the consumer's queues it came from.
    pub(super) source: usize,
    /// Which subscription of this queue.
    pub(super) subscription: u32,
    /// How many events it counts as.
    pub(super) events: usize,
}

/// One message that is held until each of its parts is settled.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) origin: Origin,
    pub(super) parts: Vec<Part>,
    /// Why the broker gave its events up.
    pub(super) given_up: Option<String>,
    /// How far it has been handed to the worker.
    pub(super) handed: usize,
    states: Vec<State>,
    open: usize,
    ended: Ended,
    held: budget::Held,
}

/// What has become of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing yet: not handed out, or in the worker's hands.
    Open,
    /// It is being published elsewhere.
    Leaving,
    /// It never comes again from this message.
    Ended,
    /// It is to be ready again.
    Returned,
}

/// A message whose parts are all settled, and how the broker is to be told.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) origin: Origin,
    pub(super) end: End,
    _ended: Ended,
    _held: budget::Held,
}

/// How a message ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is acknowledged.
    Acknowledge,
    /// It is ready again, whole.
    Return,
    /// These of its events are published as a message of their own, and then it is acknowledged.
    Republish(Vec<Bytes>),
}

/// Counts events that have ended within a message that is held because of others, for as long as it is: the
/// broker counts them still, the backlog must not (K1).
#[derive(Debug)]
struct Ended {
    flow: Option<Arc<Flow>>,
    count: u64,
}

impl Message {
    /// A message with at least one part; `counted` is the flow whose backlog it is part of.
    pub(super) fn new(
        origin: Origin,
        parts: Vec<Part>,
        given_up: Option<String>,
        counted: Option<Arc<Flow>>,
        held: budget::Held,
    ) -> Self {
        let open = parts.len();
        let (states, ended) = (vec![State::Open; open], Ended { flow: counted, count: 0 });
        Self { origin, parts, given_up, handed: 0, states, open, ended, held }
    }

    /// Whether this part is in the worker's hands.
    pub(super) fn in_hand(&self, part: usize) -> bool {
        part < self.handed && self.states.get(part) == Some(&State::Open)
    }

    /// The part has ended.
    pub(super) fn end(&mut self, part: usize) {
        self.close(part, State::Ended);
        self.ended.add();
    }

    /// The part goes back.
    pub(super) fn give_back(&mut self, part: usize) {
        self.close(part, State::Returned);
    }

    /// The part is on its way elsewhere: it will end or go back.
    pub(super) fn leave(&mut self, part: usize) {
        self.states[part] = State::Leaving;
    }

    /// Gives back what the worker has not settled.
    pub(super) fn give_up_on_the_worker(&mut self) {
        for part in 0..self.states.len() {
            if self.states[part] == State::Open {
                self.give_back(part);
            }
        }
    }

    /// Whether every part is settled.
    pub(super) fn is_settled(&self) -> bool {
        self.open == 0
    }

    /// How a settled message ends.
    pub(super) fn finish(self) -> Finished {
        let returned: Vec<_> =
            (0..self.parts.len()).filter(|&part| self.states[part] != State::Ended).collect();
        let end = if returned.is_empty() {
            End::Acknowledge
        } else if returned.len() == self.parts.len() || self.given_up.is_some() {
            // Whole as well where a copy would not tell that the broker gave it up: that an event is filed twice
            // changes nothing.
            End::Return
        } else {
            End::Republish(returned.into_iter().map(|part| self.parts[part].bytes().clone()).collect())
        };
        Finished { origin: self.origin, end, _ended: self.ended, _held: self.held }
    }

    fn close(&mut self, part: usize, state: State) {
        self.states[part] = state;
        self.open -= 1;
    }
}

impl Ended {
    fn add(&mut self) {
        if let Some(flow) = &self.flow {
            flow.ended_in_held.fetch_add(1, Ordering::Relaxed);
            self.count += 1;
        }
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(flow) = &self.flow {
            flow.ended_in_held.fetch_sub(self.count, Ordering::Relaxed);
        }
    }
}
