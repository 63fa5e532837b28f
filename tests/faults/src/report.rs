//! What came of a run: the table, and the bars that it broke.

use crate::ledger::{Judged, Reckoning};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// What must hold besides "lost 0, extra effects 0, every poison a dead letter".
#[derive(Clone, Copy, Debug)]
pub struct Bars {
    /// From a fault's end until the shop is back.
    pub recovery: Duration,
    /// The most that one process of the fleet may have resident, in MiB.
    pub memory_mib: f64,
    /// The longest answer to a write (G4).
    pub answer: Duration,
}

impl Default for Bars {
    fn default() -> Self {
        Self { recovery: Duration::from_secs(5), memory_mib: 256.0, answer: Duration::from_secs(12) }
    }
}

/// One fault that was.
#[derive(Clone, Debug)]
pub struct Struck {
    /// Its name.
    pub name: &'static str,
    /// From its end until the shop was back; `None`: it was not.
    pub recovery: Option<Duration>,
}

/// A run.
#[derive(Debug)]
pub struct Report {
    /// What it was drawn from.
    pub seed: u64,
    /// How long the load lasted.
    pub elapsed: Duration,
    /// From the last write until nothing was queued.
    pub drained: Duration,
    /// The faults, in their order.
    pub struck: Vec<Struck>,
    /// Ledger against store.
    pub reckoning: Reckoning,
    /// The most that each process had resident, in MiB.
    pub memory: BTreeMap<String, f64>,
    /// The longest answer to a write.
    pub slowest_answer: Duration,
    /// Reads that were answered, and those that were not while a worker failed (G6).
    pub reads: (u64, u64),
    /// What was seen that must not be.
    pub findings: Vec<String>,
}

#[derive(Default)]
struct Row {
    times: u64,
    judged: Judged,
    recovery: Duration,
}

impl Report {
    /// The table, as Markdown.
    pub fn table(&self) -> String {
        let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
        for (place, struck) in self.struck.iter().enumerate() {
            let row = rows.entry(struck.name).or_default();
            row.times += 1;
            row.recovery = row.recovery.max(struck.recovery.unwrap_or(Duration::MAX));
            let judged = self.reckoning.by_fault.get(&Some(place)).copied().unwrap_or_default();
            row.judged.acknowledged += judged.acknowledged;
            row.judged.unanswered += judged.unanswered;
            row.judged.lost += judged.lost;
            row.judged.lost_with_queue += judged.lost_with_queue;
            row.judged.extra += judged.extra;
        }
        let mut text = String::from(
            "| fault | times | acknowledged meanwhile | never answered | lost | extra effects | slowest recovery |\n\
             |---|---:|---:|---:|---:|---:|---:|\n",
        );
        for (name, row) in rows {
            let Row { times, judged, recovery } = row;
            let apart = match judged.lost_with_queue {
                0 => String::new(),
                lost => format!(" (and {lost} with the queue)"),
            };
            let recovery = match recovery {
                Duration::MAX => "none".to_owned(),
                recovery => format!("{:.1} s", recovery.as_secs_f64()),
            };
            let _ = writeln!(
                text,
                "| {name} | {times} | {} | {} | {}{apart} | {} | {recovery} |",
                judged.acknowledged, judged.unanswered, judged.lost, judged.extra
            );
        }
        text
    }

    /// The totals, a line each.
    pub fn totals(&self) -> Vec<String> {
        let all = &self.reckoning;
        let memory: Vec<String> =
            self.memory.iter().map(|(name, mib)| format!("{name} {mib:.0} MiB")).collect();
        vec![
            format!(
                "seed {}: {} faults in {:.0} s, drained {:.0} s after the last write",
                self.seed,
                self.struck.len(),
                self.elapsed.as_secs_f64(),
                self.drained.as_secs_f64()
            ),
            format!(
                "attempted {}, acknowledged {}, refused {}, unanswered {} (of which applied {})",
                all.attempted, all.acknowledged, all.refused, all.unanswered, all.unanswered_applied
            ),
            format!(
                "applied {}, rejected {}, lost {}, extra effects {}, lost with deleted queues {}",
                all.applied,
                all.rejected,
                all.lost,
                all.extra_effects(),
                all.lost_with_queue
            ),
            format!(
                "dead letters: {} of {} poison events, {} good ones",
                all.letters_found, all.letters_expected, all.letters_unexpected
            ),
            format!(
                "slowest recovery {:.1} s, slowest answer {:.1} s; reads answered {}, failed while a worker was gone {}",
                self.slowest_recovery().as_secs_f64(),
                self.slowest_answer.as_secs_f64(),
                self.reads.0,
                self.reads.1
            ),
            format!("most memory: {}", memory.join(", ")),
        ]
    }

    /// Every bar that was broken, in words; none: the run is good.
    pub fn broken(&self, bars: &Bars) -> Vec<String> {
        let all = &self.reckoning;
        let mut broken = Vec::new();
        let mut demand = |holds: bool, what: String| {
            if !holds {
                broken.push(what);
            }
        };
        demand(all.acknowledged > 0, "nothing was acknowledged".to_owned());
        demand(all.lost == 0, format!("lost {}", all.lost));
        demand(all.extra_effects() == 0, format!("extra effects {}", all.extra_effects()));
        demand(
            all.letters_unexpected == 0,
            format!("{} good events are dead letters", all.letters_unexpected),
        );
        let missing = all.letters_expected - all.letters_found;
        demand(missing == 0, format!("{missing} poison events are no dead letters"));
        for struck in &self.struck {
            let back = struck.recovery.unwrap_or(Duration::MAX);
            demand(back <= bars.recovery, format!("{}: back after {back:.1?}", struck.name));
        }
        for (name, &mib) in &self.memory {
            demand(mib <= bars.memory_mib, format!("{name}: {mib:.0} MiB of memory"));
        }
        demand(self.slowest_answer <= bars.answer, format!("an answer took {:.1?}", self.slowest_answer));
        demand(self.reads.1 == 0, format!("{} reads failed while a worker was gone", self.reads.1));
        broken.extend(self.findings.iter().cloned());
        broken.extend(all.told.iter().cloned());
        broken
    }

    fn slowest_recovery(&self) -> Duration {
        self.struck.iter().filter_map(|struck| struck.recovery).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let struck = |seconds| Struck { name: "broker killed", recovery: Some(Duration::from_secs(seconds)) };
        let mut reckoning = Reckoning { acknowledged: 10, ..Reckoning::default() };
        let judged = Judged { acknowledged: 4, lost_with_queue: 1, ..Judged::default() };
        reckoning.by_fault.insert(Some(1), judged);
        Report {
            seed: 1,
            elapsed: Duration::from_secs(1),
            drained: Duration::ZERO,
            struck: vec![struck(1), struck(2)],
            reckoning,
            memory: BTreeMap::from([("dispatcher".to_owned(), 40.0)]),
            slowest_answer: Duration::ZERO,
            reads: (1, 0),
            findings: Vec::new(),
        }
    }

    #[test]
    fn the_same_fault_is_one_row_with_its_slowest_recovery() {
        let row = "| broker killed | 2 | 4 | 0 | 0 (and 1 with the queue) | 0 | 2.0 s |";
        assert!(report().table().contains(row), "{}", report().table());
        assert!(report().broken(&Bars::default()).is_empty());
    }

    #[test]
    fn every_bar_can_be_broken() {
        let broken = |change: fn(&mut Report)| {
            let mut report = report();
            change(&mut report);
            report.broken(&Bars::default())
        };
        let changes: [fn(&mut Report); 9] = [
            |report| report.reckoning.lost = 1,
            |report| report.reckoning.duplicated = 1,
            |report| report.reckoning.letters_unexpected = 1,
            |report| report.reckoning.letters_expected = 1,
            |report| report.struck[0].recovery = None,
            |report| report.struck[0].recovery = Some(Duration::from_secs(6)),
            |report| report.slowest_answer = Duration::from_secs(60),
            |report| report.reads.1 = 1,
            |report| *report.memory.get_mut("dispatcher").unwrap() = 1_000.0,
        ];
        for change in changes {
            assert_eq!(broken(change).len(), 1);
        }
    }
}
