use super::message::{Finished, Message};
use super::part::{Oversized, Part};
use bytes::Bytes;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_messaging::{BrokerError, Receipt, Received, Settlement, Tier};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The next receipt of this process: no two consumers ever give the same, so that a receipt of a lost one names
/// nothing in another.
static NEXT_RECEIPT: AtomicU64 = AtomicU64::new(1);

/// The messages that one consumer holds, between the broker and the worker.
#[derive(Debug)]
pub(super) struct Held {
    /// The flow of each of the consumer's queues.
    flows: Vec<FlowName>,
    state: Mutex<State>,
    /// Told when there is something to receive, an end included.
    arrived: Notify,
}

#[derive(Debug)]
struct State {
    /// By the receipt of their first part; the others follow it.
    messages: BTreeMap<u64, Message>,
    /// Those of each queue that are not handed out, or not wholly.
    waiting: Vec<VecDeque<u64>>,
    /// Whose turn it is to be first, so that a full flow starves none.
    turn: usize,
    /// What went wrong that no call has been told yet.
    untold: Option<BrokerError>,
    lost: Option<BrokerError>,
}

/// What comes of settlements.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Messages whose last part was settled.
    pub(super) finished: Vec<Finished>,
    /// Parts to be published elsewhere.
    pub(super) departures: Vec<Departure>,
}

/// A part on its way to another queue; it has ended when it is there.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) receipt: Receipt,
    pub(super) flow: FlowName,
    pub(super) to: Destination,
}

/// Where a part goes.
#[derive(Debug)]
pub(super) enum Destination {
    /// To a delay tier: the event with one attempt more.
    Tier(Tier, Bytes),
    /// To the flow's queue for what is too large to be filed. Not before it is settled as done: a body that comes
    /// several times is put there once, but for a loss between that and its acknowledgement.
    Oversized(Oversized),
}

impl Held {
    /// For a consumer whose queues belong to these flows.
    pub(super) fn new(flows: Vec<FlowName>) -> Self {
        let waiting = flows.iter().map(|_| VecDeque::new()).collect();
        let state = State { messages: BTreeMap::new(), waiting, turn: 0, untold: None, lost: None };
        Self { flows, state: Mutex::new(state), arrived: Notify::new() }
    }

    /// Takes a message to hand out.
    pub(super) fn hold(&self, message: Message) {
        let parts = u64::try_from(message.parts.len()).unwrap_or(u64::MAX);
        let first = NEXT_RECEIPT.fetch_add(parts, Ordering::Relaxed);
        let mut state = self.state();
        state.waiting[message.origin.source].push_back(first);
        state.messages.insert(first, message);
        drop(state);
        self.arrived.notify_one();
    }

    /// Waits for at least one event and hands out up to `max`. Safe to cancel: nothing is taken before the call
    /// returns.
    pub(super) async fn receive(&self, max: usize) -> Result<Vec<Received>, BrokerError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        loop {
            let received = self.take(max);
            if !matches!(&received, Ok(none) if none.is_empty()) {
                // Whoever waits besides may find more, or the end as well.
                self.arrived.notify_one();
                return received;
            }
            self.arrived.notified().await;
        }
    }

    /// Settles what the worker holds of these; what it does not hold is settled already.
    pub(super) fn settle(&self, settlements: &[(Receipt, Settlement)]) -> Result<Settled, BrokerError> {
        let mut state = self.state();
        let mut settled = Settled::default();
        if settlements.is_empty() {
            return Ok(settled);
        }
        if let Some(lost) = &state.lost {
            return Err(lost.clone());
        }
        for &(receipt, settlement) in settlements {
            let Some((first, part)) = state.find(receipt) else { continue };
            let Some(message) = state.messages.get_mut(&first) else { continue };
            let to = match (settlement, &message.parts[part]) {
                (Settlement::Done, Part::Oversized(oversized)) => {
                    Some(Destination::Oversized(oversized.clone()))
                }
                // What is no event has no attempts to count.
                (Settlement::Retry(tier), part) => {
                    part.event().ok().map(|event| Destination::Tier(tier, retried(event)))
                }
                _ => None,
            };
            match (to, settlement) {
                (Some(to), _) => {
                    message.leave(part);
                    let flow = self.flows[message.origin.source].clone();
                    settled.departures.push(Departure { receipt, flow, to });
                }
                (None, Settlement::Done) => message.end(part),
                (None, Settlement::Return | Settlement::Retry(_)) => message.give_back(part),
            }
            settled.finished.extend(state.finish(first));
        }
        Ok(settled)
    }

    /// A part was published elsewhere, or could not be; the message, if this was its last part.
    pub(super) fn departed(&self, receipt: Receipt, published: bool) -> Option<Finished> {
        let mut state = self.state();
        let (first, part) = state.locate(receipt)?;
        let message = state.messages.get_mut(&first)?;
        if published {
            message.end(part)
        } else {
            message.give_back(part)
        }
        state.finish(first)
    }

    /// The consumer can receive no more, for this reason: what it holds comes again by the broker.
    pub(super) fn lose(&self, reason: BrokerError) {
        let mut state = self.state();
        state.messages.clear();
        state.waiting.iter_mut().for_each(VecDeque::clear);
        state.lost.get_or_insert(reason);
        drop(state);
        self.arrived.notify_one();
    }

    /// Something went wrong with what was settled earlier: the next call of `receive` tells.
    pub(super) fn tell_later(&self, error: BrokerError) {
        self.state().untold.get_or_insert(error);
        self.arrived.notify_one();
    }

    /// Why the consumer can receive no more.
    pub(super) fn lost(&self) -> Option<BrokerError> {
        self.state().lost.clone()
    }

    /// Gives back everything that the worker has not settled; the messages that are finished by it.
    pub(super) fn give_up_on_the_worker(&self) -> Vec<Finished> {
        let mut state = self.state();
        state.waiting.iter_mut().for_each(VecDeque::clear);
        state.messages.values_mut().for_each(Message::give_up_on_the_worker);
        let firsts: Vec<_> = state.messages.keys().copied().collect();
        firsts.into_iter().filter_map(|first| state.finish(first)).collect()
    }

    fn take(&self, max: usize) -> Result<Vec<Received>, BrokerError> {
        let mut received = Vec::new();
        let mut state = self.state();
        if let Some(lost) = &state.lost {
            return Err(lost.clone());
        }
        if let Some(error) = state.untold.take() {
            return Err(error);
        }
        let sources = state.waiting.len();
        for step in 0..sources {
            let source = (state.turn + step) % sources;
            while let Some(&first) = state.waiting[source].front() {
                let Some(message) = state.messages.get_mut(&first) else { break };
                let (from, left) = (message.handed, max - received.len());
                let rest = message.parts.len() - from;
                // Whole messages where there is a choice: they are settled in one go.
                if left == 0 || (rest > left && !received.is_empty()) {
                    break;
                }
                message.handed += rest.min(left);
                for (receipt, part) in (first..).zip(&message.parts).take(message.handed).skip(from) {
                    received.push(Received {
                        receipt: Receipt(receipt),
                        flow: self.flows[source].clone(),
                        event: part.event(),
                        given_up: message.given_up.clone(),
                    });
                }
                if message.handed == message.parts.len() {
                    state.waiting[source].pop_front();
                }
            }
        }
        if !received.is_empty() {
            state.turn = (state.turn + 1) % sources;
        }
        Ok(received)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The event after one failed attempt more.
pub(super) fn retried(event: Event) -> Bytes {
    Event { attempt: event.attempt.saturating_add(1), ..event }.encode()
}

impl State {
    /// The message and the part that this receipt names, if the worker holds it.
    fn find(&self, receipt: Receipt) -> Option<(u64, usize)> {
        let (first, part) = self.locate(receipt)?;
        self.messages.get(&first)?.in_hand(part).then_some((first, part))
    }

    fn locate(&self, Receipt(receipt): Receipt) -> Option<(u64, usize)> {
        let (&first, message) = self.messages.range(..=receipt).next_back()?;
        let part = usize::try_from(receipt - first).ok()?;
        (part < message.parts.len()).then_some((first, part))
    }

    fn finish(&mut self, first: u64) -> Option<Finished> {
        let settled = self.messages.get(&first)?.is_settled();
        settled.then(|| self.messages.remove(&first)).flatten().map(Message::finish)
    }
}
