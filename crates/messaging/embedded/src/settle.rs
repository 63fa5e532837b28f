use crate::delays::Delays;
use crate::flow::{FlowQueue, Lease};
use crate::held::Held;
use crate::room::Room;
use crate::storage::Storage;
use pawnshop_domain::Instant;
use pawnshop_messaging::{Receipt, Settlement};
use pawnshop_sqlite::{Connection, rusqlite};
use rusqlite::params;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Settlements on their way: out of the consumer's hands, and back in them unless they are committed.
pub(crate) struct Settle {
    held: Arc<Held>,
    room: Arc<Room>,
    delays: Arc<Delays>,
    leases: Vec<(Receipt, Lease, Settlement)>,
    parts: Vec<Part>,
    committed: AtomicBool,
}

/// What happens in one flow's table.
struct Part {
    flow: Arc<FlowQueue>,
    /// First and last of runs of rows that have ended.
    done: Vec<(i64, i64)>,
    retries: Vec<(i64, u32, Duration)>,
}

impl Settle {
    /// Takes what the consumer holds of `settlements`; what it does not hold is settled already.
    pub(crate) fn new(storage: &Storage, held: &Arc<Held>, settlements: Vec<(Receipt, Settlement)>) -> Self {
        let leases: Vec<_> = settlements
            .into_iter()
            .filter_map(|(receipt, settlement)| Some((receipt, held.take(receipt)?, settlement)))
            .collect();
        Self {
            held: Arc::clone(held),
            room: Arc::clone(&storage.room),
            delays: Arc::clone(&storage.delays),
            parts: parts(&leases),
            leases,
            committed: AtomicBool::new(false),
        }
    }

    /// Whether the file must change.
    pub(crate) fn writes(&self) -> bool {
        !self.parts.is_empty()
    }

    pub(crate) fn weight(&self) -> usize {
        self.leases.len()
    }

    /// Deletes what has ended and moves what is retried; the first time that a retry is due.
    pub(crate) fn apply(&self, connection: &Connection) -> rusqlite::Result<Option<i64>> {
        let mut first_due = None;
        let now = Instant::now();
        for part in &self.parts {
            let mut delete = connection.prepare_cached(&part.flow.sql.delete_range)?;
            for (first, last) in &part.done {
                delete.execute([first, last])?;
            }
            for (seq, attempt, delay) in &part.retries {
                // The clock was cut to whole microseconds: one more, or the event might come that much early.
                let due = now.plus(*delay).as_micros().saturating_add(1);
                connection.prepare_cached(&part.flow.sql.delay)?.execute(params![seq, due, attempt])?;
                delete.execute([seq, seq])?;
                first_due = Some(first_due.map_or(due, |first: i64| first.min(due)));
            }
        }
        Ok(first_due)
    }

    /// Settled: counts follow, and returned events are ready again.
    pub(crate) fn committed(&self, first_due: Option<i64>) {
        self.committed.store(true, Ordering::Relaxed);
        let (mut events, mut bytes) = (0, 0);
        for (_, lease, settlement) in &self.leases {
            match settlement {
                Settlement::Done => {
                    events += 1;
                    bytes += lease.size;
                }
                Settlement::Retry(_) => {}
                Settlement::Return => lease.flow.give_back(lease.seq),
            }
        }
        for part in &self.parts {
            let done: u64 = part.done.iter().map(|(first, last)| first.abs_diff(*last) + 1).sum();
            let delayed = part.retries.len() as u64;
            part.flow.settled(done + delayed, delayed);
        }
        self.room.release(events, bytes);
        if let Some(due) = first_due {
            self.delays.add(due);
        }
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        if !*self.committed.get_mut() {
            for (receipt, lease, _) in self.leases.drain(..) {
                self.held.hold(receipt, lease);
            }
        }
    }
}

fn parts(leases: &[(Receipt, Lease, Settlement)]) -> Vec<Part> {
    let mut by_flow: HashMap<&str, (Part, Vec<i64>)> = HashMap::new();
    for (_, lease, settlement) in leases {
        if *settlement == Settlement::Return {
            continue;
        }
        let (part, done) = by_flow.entry(lease.flow.name.as_str()).or_insert_with(|| {
            let flow = Arc::clone(&lease.flow);
            (Part { flow, done: Vec::new(), retries: Vec::new() }, Vec::new())
        });
        match settlement {
            Settlement::Retry(tier) => {
                part.retries.push((lease.seq, lease.attempt.saturating_add(1), tier.delay));
            }
            Settlement::Done | Settlement::Return => done.push(lease.seq),
        }
    }
    by_flow.into_values().map(|(part, done)| Part { done: runs(done), ..part }).collect()
}

/// First and last of each run of consecutive numbers, so that a batch settled whole is one deletion.
fn runs(mut numbers: Vec<i64>) -> Vec<(i64, i64)> {
    numbers.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::runs;
    use std::collections::BTreeSet;

    proptest::proptest! {
        #[test]
        fn runs_cover_the_numbers_and_nothing_else(numbers: BTreeSet<i16>) {
            let runs = runs(numbers.iter().rev().map(|&n| i64::from(n)).collect());
            let covered: Vec<i64> = runs.iter().flat_map(|&(first, last)| first..=last).collect();
            proptest::prop_assert_eq!(covered, numbers.iter().map(|&n| i64::from(n)).collect::<Vec<_>>());
            proptest::prop_assert!(runs.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "runs are as long as can be");
        }
    }
}
