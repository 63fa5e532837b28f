//! What a scaler tells of a pool, for the shop's status.

use crate::conditions::cut;
use crate::observe::Backlog;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use pawnshop_resource::ScaleChange;
use pawnshop_scaling::{Decision, Reason};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Changes that are remembered of a pool (decision K9).
pub(super) const CHANGES: usize = 10;

/// The longest message that the API server takes of a change.
const LONGEST_MESSAGE: usize = 512;

/// How long a backlog must be unknown before that is told as a state: shorter, it is a queue that has just emptied, or
/// one answer that did not come.
const SETTLED: Duration = Duration::from_secs(30);

/// What is told of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolTold {
    /// Its name.
    pub name: String,
    /// Whether its number of workers follows its backlog.
    pub is_scaled: bool,
    /// Its events.
    pub backlog: Backlog,
    /// Since when they are unknown, if they are.
    pub unknown_since: Option<Instant>,
    /// What was decided last; `None`: nothing was to be decided.
    pub decision: Option<Decision>,
    /// The mean bytes of an event, by flow.
    pub event_bytes: BTreeMap<String, f64>,
    /// The last changes of the number of workers, the latest first.
    pub changes: Vec<ScaleChange>,
}

impl PoolTold {
    /// Why the backlog has been unknown for so long that it is a state.
    pub fn lasting_unknown(&self) -> Option<&str> {
        match (&self.backlog, self.unknown_since) {
            (Backlog::Unknown(why), Some(since)) if since.elapsed() >= SETTLED => Some(why),
            _ => None,
        }
    }

    /// Whether it sleeps.
    pub fn is_asleep(&self) -> bool {
        let asleep = |decision: &Decision| {
            decision.to == 0 && matches!(decision.why, Reason::Asleep | Reason::FellAsleep)
        };
        self.decision.as_ref().is_some_and(asleep)
    }

    /// Takes a new count of the backlog in.
    pub(super) fn set_backlog(&mut self, backlog: Backlog, now: Instant) {
        self.unknown_since = match backlog {
            Backlog::Known(_) => None,
            Backlog::Unknown(_) => self.unknown_since.or(Some(now)),
        };
        self.backlog = backlog;
    }

    /// Takes note of a change, as the rule said before or says `now`, or as somebody else did it; `Some`: there is nothing
    /// to be said of why yet. `is_followed`: whoever scales goes by the same backlog as the rule, which another replica
    /// may know while this one does not.
    pub(super) fn changed(&mut self, change: Change, now: &Decision, is_followed: bool) -> Option<Change> {
        let Change { from, to, before, at, seen } = &change;
        let (from, to) = (*from, *to);
        let said =
            before.as_ref().filter(|said| said.changes() && (said.to > said.from) == (to > from)).cloned();
        let asked = || {
            let said = before.iter().chain([now]).filter(|_| is_followed);
            said.filter(|said| is_known(said)).find_map(|said| as_asked(said, from, to))
        };
        let (reason, message) = match (said.or_else(asked), before) {
            (Some(decision), _) => (decision.why.name(), decision.to_string()),
            (None, _) if is_followed && !is_known(now) && seen.elapsed() < SETTLED => return Some(change),
            (None, Some(before)) => ("ByAnother", format!("not by the rule, which says: {before}")),
            (None, None) => ("ByAnother", "not by the rule, which says nothing".to_owned()),
        };
        let (at, reason, message) = (at.clone(), reason.to_owned(), cut(message, LONGEST_MESSAGE));
        self.changes.insert(0, ScaleChange { at, from, to, reason, message });
        self.changes.truncate(CHANGES);
        None
    }
}

/// A change of the number of workers of which it is not told yet why.
#[derive(Debug)]
pub(super) struct Change {
    from: u32,
    to: u32,
    /// What the rule said before it was seen.
    before: Option<Decision>,
    at: Time,
    seen: Instant,
}

impl Change {
    /// Seen now.
    pub(super) fn seen(from: u32, to: u32, before: Option<Decision>) -> Self {
        // In whole seconds, as the API server keeps it.
        let now = Timestamp::now();
        let at = Time(Timestamp::from_second(now.as_second()).unwrap_or(now));
        Self { from, to, before, at, seen: Instant::now() }
    }
}

fn is_known(decision: &Decision) -> bool {
    matches!(decision.seen.work.backlog, Backlog::Known(_))
}

/// The decision for a change that is asked for, if it is. A HorizontalPodAutoscaler has windows of its own, of which the
/// rule knows nothing, and may do what is asked for while the rule would still wait.
fn as_asked(decision: &Decision, from: u32, to: u32) -> Option<Decision> {
    let wanted = decision.rule.limits.hold(decision.asked);
    let is_asked_for = if to > from { to <= wanted } else { to >= wanted };
    let why = match (from, to) {
        (0, _) => Reason::WokeUp,
        (_, 0) => Reason::FellAsleep,
        _ if to > from => Reason::BacklogGrew,
        _ => Reason::BacklogShrank,
    };
    (is_asked_for && !decision.rule.paused).then(|| Decision { from, to, why, ..decision.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pawnshop_scaling::{Limits, Rule, Seen, Work};
    use std::num::NonZeroU32;

    fn told() -> PoolTold {
        PoolTold {
            name: "items".to_owned(),
            is_scaled: true,
            backlog: Backlog::Known(0),
            unknown_since: None,
            decision: None,
            event_bytes: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_unknown_for_a_moment_is_no_state() {
        let mut told = told();
        let unknown = || Backlog::Unknown("no answer".to_owned());
        told.set_backlog(unknown(), Instant::now());
        tokio::time::advance(SETTLED - Duration::from_secs(1)).await;
        told.set_backlog(unknown(), Instant::now());
        assert_eq!(told.lasting_unknown(), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(told.lasting_unknown(), Some("no answer"));
        told.set_backlog(Backlog::Known(3), Instant::now());
        assert_eq!(told.lasting_unknown(), None);
    }

    #[test]
    fn the_last_ten_changes_are_kept_the_latest_first() {
        let mut told = told();
        for to in 1..=12 {
            assert!(told.changed(Change::seen(to - 1, to, None), &stabilising(), false).is_none());
        }
        assert_eq!(told.changes.len(), 10);
        assert_eq!((told.changes[0].from, told.changes[0].to), (11, 12));
        assert_eq!(told.changes[0].reason, "ByAnother");
        assert_eq!(told.changes[0].at.0.subsec_nanosecond(), 0, "as the API server gives it back");
    }

    /// Of four workers, all of which stay for now, where the backlog asks for one.
    fn stabilising() -> Decision {
        Decision {
            from: 4,
            to: 4,
            why: Reason::Stabilising,
            asked: 1,
            wait: None,
            rule: Rule {
                limits: Limits { min: 1, max: 5, backlog_per_worker: NonZeroU32::new(100).unwrap() },
                schedule: None,
                surge: None,
                paused: false,
            },
            seen: Seen {
                work: Work { backlog: Backlog::Known(70), busy: 0 },
                delayed: Backlog::Known(0),
                handled: false,
                current: 4,
            },
        }
    }

    #[test]
    fn an_autoscaler_that_is_done_with_waiting_before_the_rule_is_does_what_the_rule_asks_for() {
        let change = |to, is_followed| {
            let mut told = told();
            assert!(
                told.changed(Change::seen(4, to, Some(stabilising())), &stabilising(), is_followed).is_none()
            );
            let ScaleChange { from, to, reason, message, .. } = told.changes.remove(0);
            (from, to, reason, message)
        };
        let (from, to, reason, message) = change(1, true);
        assert_eq!((from, to, &*reason), (4, 1, "BacklogShrank"));
        assert_eq!(message, "4 -> 1 BacklogShrank: backlog 70, 100 per worker: asks for 1 within 1..5");
        assert_eq!(change(2, true).2, "BacklogShrank", "on the way there");
        for (to, is_followed) in [(1, false), (5, true), (0, true)] {
            let (.., reason, message) = change(to, is_followed);
            assert_eq!(reason, "ByAnother");
            assert!(message.starts_with("not by the rule, which says: 4 Stabilising"), "{message}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_autoscaler_did_by_what_another_replica_knew_is_told_once_it_is_known_here() {
        let unknown = || {
            let mut decision = stabilising();
            decision.seen.work.backlog = Backlog::Unknown("the queue looks empty".to_owned());
            decision.asked = 4;
            decision
        };
        let mut told = told();
        let change = told.changed(Change::seen(4, 1, Some(unknown())), &unknown(), true).unwrap();
        assert!(told.changes.is_empty());
        assert!(told.changed(change, &stabilising(), true).is_none());
        assert_eq!(told.changes[0].reason, "BacklogShrank");

        let by_hand = told.changed(Change::seen(4, 1, Some(unknown())), &unknown(), true).unwrap();
        tokio::time::advance(SETTLED).await;
        assert!(told.changed(by_hand, &unknown(), true).is_none());
        assert_eq!(told.changes[0].reason, "ByAnother");
        assert!(told.changed(Change::seen(4, 1, Some(unknown())), &unknown(), false).is_none());
        assert_eq!(told.changes[0].reason, "ByAnother");
    }
}
