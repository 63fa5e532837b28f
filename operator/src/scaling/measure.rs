//! How many events a shop's queues hold, by what its broker told (decision K1): pure, the time is passed in.

use crate::observe::{Backlog, Queue, Reading};
use pawnshop_scaling::{Queued, events};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long a queue must look empty before it is: the statistics of one that has just come, or come again, read 0 for
/// up to 5 s.
pub(super) const STATISTICS: Duration = Duration::from_secs(10);

/// A queue of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowQueue {
    /// The flow.
    pub flow: String,
    /// The queue's name.
    pub queue: String,
    /// The most events in a message.
    pub most_per_message: u64,
}

/// What is remembered of a shop's queues from reading to reading.
#[derive(Debug, Default)]
pub(super) struct Queues {
    empty_since: HashMap<String, Instant>,
    acknowledged: HashMap<String, u64>,
}

impl Queues {
    /// The events in this queue, by a reading of `now`. `mean`: the bytes of an event.
    pub(super) fn events(
        &mut self,
        reading: &Reading,
        of: &FlowQueue,
        mean: Option<f64>,
        now: Instant,
    ) -> Backlog {
        let backlog = match found(reading, &of.queue) {
            Ok((0, _)) => {
                let since = *self.empty_since.entry(of.queue.clone()).or_insert(now);
                return match now.saturating_duration_since(since) >= STATISTICS {
                    true => Backlog::Known(0),
                    false => Backlog::Unknown(format!(
                        "the queue {} looks empty, which its statistics must say for {} s",
                        of.queue,
                        STATISTICS.as_secs()
                    )),
                };
            }
            Ok((messages, bytes)) => {
                Backlog::Known(events(&Queued { messages, bytes, ended: 0 }, mean, of.most_per_message))
            }
            Err(why) => Backlog::Unknown(why),
        };
        self.empty_since.remove(&of.queue);
        backlog
    }

    /// Whether anything was handled in one of these queues since the reading before.
    pub(super) fn handled(&mut self, reading: &Reading, queues: &[FlowQueue]) -> bool {
        let Reading::Queues(read) = reading else { return false };
        let mut handled = false;
        for FlowQueue { queue, .. } in queues {
            let now = read.get(queue).map_or(0, |queue| queue.acknowledged);
            let before = self.acknowledged.insert(queue.clone(), now);
            handled |= before.is_some_and(|before| before < now);
        }
        handled
    }

    /// Something was seen in this queue now, whatever older statistics say.
    pub(super) fn holds_something(&mut self, queue: &str, now: Instant) {
        self.empty_since.insert(queue.to_owned(), now);
    }
}

/// Messages and their bytes.
fn found(reading: &Reading, queue: &str) -> Result<(u64, u64), String> {
    let queues = match reading {
        Reading::None => return Err("the broker has not been asked yet".to_owned()),
        Reading::Failed(error) => return Err(error.to_string()),
        Reading::Queues(queues) => queues,
    };
    match queues.get(queue) {
        None => Err(format!("the queue {queue} is not declared")),
        Some(Queue { running: false, .. }) => Err(format!("the queue {queue} is not running")),
        Some(Queue { messages: Some(0), .. }) => Ok((0, 0)),
        Some(Queue { messages: Some(messages), bytes: Some(bytes), .. }) => Ok((*messages, *bytes)),
        Some(_) => Err(format!("the broker has no statistics of the queue {queue} yet")),
    }
}

/// Events in the delay tiers of the shop whose queues begin so; each is a message of its own.
pub(super) fn delayed(reading: &Reading, prefix: &str) -> Backlog {
    let Reading::Queues(queues) = reading else {
        return Backlog::Unknown("the broker has told nothing".to_owned());
    };
    let prefix = format!("{prefix}delay.");
    let tiers = queues.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
    let held = tiers.map(|(tier, _)| match found(reading, tier) {
        Ok((messages, _)) => Backlog::Known(messages),
        Err(why) => Backlog::Unknown(why),
    });
    held.fold(Backlog::Known(0), |sum, held| sum + held)
}

/// Whether anything is in these queues, as far as is known: then pods are asked as well.
pub(super) fn holds_something<'a>(
    reading: &Reading,
    mut queues: impl Iterator<Item = &'a FlowQueue>,
) -> bool {
    queues.any(|of| matches!(found(reading, &of.queue), Ok((1.., _))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn reading(queues: &[(&str, Option<u64>, u64)]) -> Reading {
        let queue = |(name, messages, bytes): &(&str, Option<u64>, u64)| {
            (
                (*name).to_owned(),
                Queue { messages: *messages, bytes: Some(*bytes), running: true, ..Queue::default() },
            )
        };
        Reading::Queues(queues.iter().map(queue).collect::<BTreeMap<_, _>>())
    }

    fn of(flow: &str) -> FlowQueue {
        FlowQueue { flow: flow.to_owned(), queue: format!("d.s.{flow}"), most_per_message: 256 }
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_is_empty_once_its_statistics_have_said_so_for_long_enough() {
        let mut queues = Queues::default();
        let empty = reading(&[("d.s.item", Some(0), 0)]);
        let full = reading(&[("d.s.item", Some(2), 800)]);
        let mut at = async |reading: &Reading, later: u64| {
            tokio::time::advance(Duration::from_secs(later)).await;
            queues.events(reading, &of("item"), Some(400.0), Instant::now())
        };
        assert!(matches!(at(&empty, 0).await, Backlog::Unknown(_)));
        assert!(matches!(at(&empty, 9).await, Backlog::Unknown(_)));
        assert_eq!(at(&empty, 1).await, Backlog::Known(0));
        assert_eq!(at(&full, 5).await, Backlog::Known(2));
        // Deleted and declared again: its statistics have not ticked.
        assert!(matches!(at(&empty, 5).await, Backlog::Unknown(_)));
        assert!(matches!(at(&reading(&[]), 5).await, Backlog::Unknown(_)));
        assert!(matches!(at(&empty, 6).await, Backlog::Unknown(_)), "what was not there was not empty");
        assert_eq!(at(&empty, 10).await, Backlog::Known(0));
    }

    #[tokio::test(start_paused = true)]
    async fn statistics_that_are_older_than_what_was_seen_do_not_empty_a_queue() {
        let mut queues = Queues::default();
        let empty = reading(&[("d.s.item", Some(0), 0)]);
        let read = Instant::now();
        queues.events(&empty, &of("item"), None, read);
        tokio::time::advance(STATISTICS).await;
        queues.holds_something("d.s.item", Instant::now());
        for read in [read, Instant::now()] {
            assert!(matches!(queues.events(&empty, &of("item"), None, read), Backlog::Unknown(_)));
        }
        tokio::time::advance(STATISTICS).await;
        assert_eq!(queues.events(&empty, &of("item"), None, Instant::now()), Backlog::Known(0));
    }

    #[tokio::test]
    async fn events_are_told_from_bytes_and_what_is_not_told_is_unknown() {
        let mut queues = Queues::default();
        let mut events = |reading: &Reading, mean| queues.events(reading, &of("item"), mean, Instant::now());
        assert_eq!(events(&reading(&[("d.s.item", Some(10), 40_000)]), Some(400.0)), Backlog::Known(100));
        assert_eq!(events(&reading(&[("d.s.item", Some(10), 40_000)]), None), Backlog::Known(2560));
        for unknown in [reading(&[("d.s.item", None, 0)]), reading(&[]), Reading::None] {
            assert!(matches!(events(&unknown, Some(1.0)), Backlog::Unknown(_)), "{unknown:?}");
        }
        let down = Queue { messages: Some(0), bytes: Some(0), ..Queue::default() };
        let down = Reading::Queues(BTreeMap::from([("d.s.item".to_owned(), down)]));
        assert!(matches!(events(&down, None), Backlog::Unknown(_)));
    }

    #[test]
    fn what_came_and_went_between_two_readings_was_handled() {
        let reading = |acknowledged| {
            let queue = Queue { messages: Some(0), acknowledged, running: true, ..Queue::default() };
            Reading::Queues(BTreeMap::from([("d.s.item".to_owned(), queue)]))
        };
        let mut queues = Queues::default();
        let handled = [7, 7, 8, 8, 0, 1].map(|count| queues.handled(&reading(count), &[of("item")]));
        assert_eq!(
            handled,
            [false, false, true, false, false, true],
            "a broker that began anew counts from 0"
        );
    }

    #[test]
    fn what_the_tiers_hold_is_counted_apart() {
        let told = reading(&[
            ("d.s.delay.1000ms", Some(3), 0),
            ("d.s.delay.60000ms", Some(4), 0),
            ("d.s.item", Some(5), 0),
            ("d.s2.delay.1000ms", Some(9), 0),
        ]);
        assert_eq!(delayed(&told, "d.s."), Backlog::Known(7));
        assert_eq!(delayed(&reading(&[]), "d.s."), Backlog::Known(0));
        assert!(matches!(delayed(&reading(&[("d.s.delay.1000ms", None, 0)]), "d.s."), Backlog::Unknown(_)));
        assert!(matches!(delayed(&Reading::None, "d.s."), Backlog::Unknown(_)));
        // One that is down may be told as empty.
        let down = Queue { messages: Some(0), bytes: Some(0), ..Queue::default() };
        let down = Reading::Queues(BTreeMap::from([("d.s.delay.1000ms".to_owned(), down)]));
        assert!(matches!(delayed(&down, "d.s."), Backlog::Unknown(_)));
    }
}
