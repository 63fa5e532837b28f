use super::{Answer, During, Entry, Ledger, Mark, Pages};
use crate::kind::Kind;
use pawnshop_domain::EventId;
use std::collections::{BTreeMap, HashMap};

/// Faults that are told one by one.
const TOLD: usize = 20;

/// All that the store holds of a run.
#[derive(Debug, Default)]
pub struct Stored {
    /// The documents that events became.
    pub documents: Vec<Found>,
    /// Documents that bear no mark of this run.
    pub strangers: u64,
    /// Outcome documents, by their id.
    pub outcomes: HashMap<EventId, Outcome>,
    /// What is too large for a document and was set aside in the broker.
    pub oversized: Vec<Vec<u8>>,
}

/// One document.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Where it is.
    pub kind: Kind,
    /// Whose effect it is.
    pub mark: Mark,
    /// The event that made it.
    pub event: EventId,
}

/// What became of an event that was not applied.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `rejected` or `dead-lettered`.
    pub kind: String,
    /// Why.
    pub code: String,
    /// The event or the bytes, whole; of letters only.
    pub envelope: Option<Vec<u8>>,
}

/// Ledger against store.
#[derive(Debug, Default)]
pub struct Reckoning {
    /// Events that were sent.
    pub attempted: u64,
    /// Told to be durable.
    pub acknowledged: u64,
    /// Told that nothing was accepted.
    pub refused: u64,
    /// Never told anything for sure.
    pub unanswered: u64,
    /// Of the unanswered, those that took effect, as they may.
    pub unanswered_applied: u64,
    /// In effect.
    pub applied: u64,
    /// Rejected, with reason.
    pub rejected: u64,
    /// Poison that had to become a dead letter, and did.
    pub letters_expected: u64,
    /// See above.
    pub letters_found: u64,
    /// Dead letters of good events: none may be (decision D2).
    pub letters_unexpected: u64,
    /// Acknowledged, and neither applied nor rejected nor a dead letter.
    pub lost: u64,
    /// The same, of events that had sat in a deleted queue (decision D6).
    pub lost_with_queue: u64,
    /// Effects beyond one each.
    pub duplicated: u64,
    /// Effects of events that the shop said it had not accepted.
    pub refused_applied: u64,
    /// Effects that nobody asked for.
    pub strangers: u64,
    /// The same by the fault during which an event was sent.
    pub by_fault: BTreeMap<During, Judged>,
    /// The first faults, in words.
    pub told: Vec<String>,
}

/// What one fault did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Acknowledged while it lasted, recovery included.
    pub acknowledged: u64,
    /// Sent while it lasted and never answered.
    pub unanswered: u64,
    /// Sent while it lasted, acknowledged and lost.
    pub lost: u64,
    /// The same, with a deleted queue.
    pub lost_with_queue: u64,
    /// Sent while it lasted, effects too many.
    pub extra: u64,
}

impl Reckoning {
    /// Effects that should not be, of any sort.
    pub fn extra_effects(&self) -> u64 {
        self.duplicated + self.refused_applied + self.strangers
    }

    fn tell(&mut self, fault: String) {
        if self.told.len() < TOLD {
            self.told.push(fault);
        }
    }
}

impl Ledger {
    /// Judges every event by what is stored.
    pub fn reckon(&self, stored: &Stored) -> Reckoning {
        let pages = self.pages();
        let mut all = Reckoning { strangers: stored.strangers, ..Reckoning::default() };
        for (&during, &acknowledged) in &pages.acknowledged_during {
            all.by_fault.entry(during).or_default().acknowledged = acknowledged;
        }
        let mut effects: HashMap<Mark, (u32, EventId)> = HashMap::with_capacity(stored.documents.len());
        for found in &stored.documents {
            let known = pages.peek(found.mark).is_some_and(|entry| entry.kind == found.kind);
            if known {
                effects.entry(found.mark).or_insert((0, found.event)).0 += 1;
            } else {
                all.strangers += 1;
                all.tell(format!("{found:?} is an effect that nobody asked for"));
            }
        }
        for (&writer, entries) in &pages.events {
            for (number, entry) in (0..).zip(entries) {
                judge(&mut all, Mark { writer, number }, entry, &effects, &stored.outcomes);
            }
        }
        let letters = stored.outcomes.values().filter_map(|outcome| outcome.envelope.as_deref());
        let envelopes: Vec<&[u8]> = letters.chain(stored.oversized.iter().map(Vec::as_slice)).collect();
        for poison in &pages.poison {
            all.letters_expected += 1;
            if envelopes.iter().any(|envelope| contains(envelope, &poison.token)) {
                all.letters_found += 1;
            } else {
                all.tell(format!("{}: no dead letter", poison.what));
            }
        }
        all
    }
}

fn judge(
    all: &mut Reckoning,
    mark: Mark,
    entry: &Entry,
    effects: &HashMap<Mark, (u32, EventId)>,
    outcomes: &HashMap<EventId, Outcome>,
) {
    let (times, made_by) = effects.get(&mark).map_or((0, None), |&(times, by)| (times, Some(by)));
    let (mut row, mut fault) = (Judged::default(), None);
    all.attempted += 1;
    all.applied += u64::from(times > 0);
    if times > 1 {
        all.duplicated += u64::from(times - 1);
        row.extra += u64::from(times - 1);
        fault = Some(format!("applied {times} times"));
    }
    match entry.answer {
        Answer::Refused => {
            all.refused += 1;
            if times > 0 {
                all.refused_applied += 1;
                row.extra += 1;
                fault = Some("applied, though it was told that nothing was accepted".to_owned());
            }
        }
        Answer::Unanswered => {
            all.unanswered += 1;
            row.unanswered += 1;
            all.unanswered_applied += u64::from(times > 0);
        }
        Answer::Acknowledged(id) => {
            all.acknowledged += 1;
            let outcome = outcomes.get(&id);
            let rival = entry.rival.is_some_and(|number| effects.contains_key(&Mark { number, ..mark }));
            match (times, outcome.map(|outcome| outcome.kind.as_str())) {
                (0, Some("rejected")) if rival => all.rejected += 1,
                (_, Some(kind)) => {
                    all.letters_unexpected += 1;
                    fault = Some(format!(
                        "{kind}, though it is good: {:?}",
                        outcome.map(|outcome| &outcome.code)
                    ));
                }
                (0, None) if entry.queue_deleted => {
                    all.lost_with_queue += 1;
                    row.lost_with_queue += 1;
                }
                (0, None) => {
                    all.lost += 1;
                    row.lost += 1;
                    fault = Some(format!("lost: event {id} was acknowledged"));
                }
                (_, None) if made_by != Some(id) => {
                    all.duplicated += 1;
                    row.extra += 1;
                    fault = Some(format!("acknowledged as {id}, applied as {made_by:?}"));
                }
                (_, None) => {}
            }
        }
    }
    if row != Judged::default() {
        let sum = all.by_fault.entry(entry.began).or_default();
        sum.unanswered += row.unanswered;
        sum.lost += row.lost;
        sum.lost_with_queue += row.lost_with_queue;
        sum.extra += row.extra;
    }
    if let Some(fault) = fault {
        all.tell(format!("{mark:?} ({}, sent during {:?}): {fault}", entry.kind.flow(), entry.began));
    }
}

fn contains(envelope: &[u8], token: &[u8]) -> bool {
    envelope.windows(token.len().max(1)).any(|part| part == token)
}

impl Pages {
    fn peek(&self, mark: Mark) -> Option<&Entry> {
        self.events.get(&mark.writer)?.get(usize::try_from(mark.number).ok()?)
    }
}
