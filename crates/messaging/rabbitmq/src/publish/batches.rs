use super::parts::{Events, Joined};
use crate::lane::{Batch, Job, Pack, Waiting};
use crate::names::Names;
use crate::send::{Message, properties};
use crate::shared::Flow;
use lapin::types::ShortString;
use std::collections::VecDeque;
use std::sync::Arc;

/// Fills a flow's messages with what waits.
pub(super) struct Batches {
    exchange: ShortString,
    routing_key: ShortString,
    flow: Arc<Flow>,
}

/// Some events of one caller, few enough for one message.
pub(super) struct Part {
    pub(super) events: Events,
    pub(super) waiting: Waiting,
}

impl Batches {
    pub(super) fn new(names: &Names, flow: &Arc<Flow>) -> Self {
        let (exchange, routing_key) = (names.exchange().into(), flow.name.as_str().into());
        Self { exchange, routing_key, flow: Arc::clone(flow) }
    }
}

impl Pack for Batches {
    type Job = Part;

    fn pack(&self, jobs: &mut VecDeque<Part>) -> Option<Batch> {
        let (events, waiting) = take(jobs, self.flow.max_events);
        if waiting.is_empty() {
            return None;
        }
        let message = Message {
            exchange: self.exchange.clone(),
            routing_key: self.routing_key.clone(),
            properties: properties(&self.flow.name, events.events),
            body: events.body,
        };
        Some(Batch { message, events: events.events, waiting, returned_once: false })
    }
}

/// Takes from the front what fits in one message.
fn take(jobs: &mut VecDeque<Part>, max_events: usize) -> (Events, Vec<Waiting>) {
    let mut joined = Joined::default();
    let mut waiting = Vec::new();
    while let Some(part) = jobs.pop_front() {
        if part.waiting.is_gone() {
            continue;
        }
        if joined.events > 0 && !Events::fits(joined.events, joined.bytes(), &part.events, max_events) {
            jobs.push_front(part);
            break;
        }
        joined.add(part.events);
        waiting.push(part.waiting);
    }
    (joined.finish(), waiting)
}

impl Job for Part {
    fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    fn into_waiting(self) -> Waiting {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::MESSAGE_BYTES;
    use super::*;
    use crate::lane::Answer;
    use bytes::Bytes;

    fn part(events: usize, bytes: usize) -> (Part, Answer) {
        let (waiting, answer) = Waiting::begin(None);
        (Part { events: Events { body: Bytes::from(vec![7; bytes]), events }, waiting }, answer)
    }

    /// Events of each message that these parts become, of at most 256 events.
    fn messages(parts: &[(usize, usize)]) -> Vec<usize> {
        let (mut jobs, _answers): (VecDeque<_>, Vec<_>) =
            parts.iter().map(|&(events, bytes)| part(events, bytes)).unzip();
        let taken = std::iter::from_fn(|| Some(take(&mut jobs, 256).0.events).filter(|&events| events > 0));
        taken.collect()
    }

    #[test]
    fn what_waits_shares_a_message_as_far_as_it_fits() {
        assert_eq!(messages(&[(1, 300); 300]), [256, 44]);
        assert_eq!(messages(&[(200, 1_000), (100, 1_000), (156, 1_000)]), [200, 256]);
        assert_eq!(messages(&[(1, MESSAGE_BYTES), (1, 1), (1, 1)]), [1, 2]);
        assert_eq!(messages(&[]), [0_usize; 0]);
    }

    #[test]
    fn who_has_gone_takes_no_place_in_a_message() {
        let (first, answer) = part(1, 100);
        drop(answer);
        let (second, _answer) = part(2, 100);
        let (events, waiting) = take(&mut VecDeque::from([first, second]), 256);
        assert_eq!((events.events, events.body.len(), waiting.len()), (2, 100, 1));
    }
}
