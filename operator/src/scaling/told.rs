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

    /// Takes note that the number of workers changed, as `decision` says or as somebody else did it. `is_followed`: whoever
    /// scales goes by the same backlog as the rule.
    pub(super) fn changed(&mut self, from: u32, to: u32, decision: Option<&Decision>, is_followed: bool) {
        let (reason, message) = match decision {
            Some(decision) => match as_asked(decision, from, to, is_followed) {
                Some(decision) => (decision.why.name(), decision.to_string()),
                None => ("ByAnother", format!("not by the rule, which says: {decision}")),
            },
            None => ("ByAnother", "not by the rule, which says nothing".to_owned()),
        };
        let reason = reason.to_owned();
        let message = cut(message, LONGEST_MESSAGE);
        // In whole seconds, as the API server keeps it.
        let now = Timestamp::now();
        let at = Time(Timestamp::from_second(now.as_second()).unwrap_or(now));
        self.changes.insert(0, ScaleChange { at, from, to, reason, message });
        self.changes.truncate(CHANGES);
    }
}

/// The decision that a change carries out, if it does. A HorizontalPodAutoscaler has windows of its own, of which the rule
/// knows nothing, and may do what is asked for while the rule would still wait.
fn as_asked(decision: &Decision, from: u32, to: u32, is_followed: bool) -> Option<Decision> {
    if decision.changes() && (decision.to > from) == (to > from) {
        return Some(decision.clone());
    }
    let wanted = decision.rule.limits.hold(decision.asked);
    let is_asked_for = if to > from { to <= wanted } else { to >= wanted };
    let why = match (from, to) {
        (0, _) => Reason::WokeUp,
        (_, 0) => Reason::FellAsleep,
        _ if to > from => Reason::BacklogGrew,
        _ => Reason::BacklogShrank,
    };
    let is_the_rules = is_followed && is_asked_for && !decision.rule.paused;
    is_the_rules.then(|| Decision { from, to, why, ..decision.clone() })
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
            told.changed(to - 1, to, None, true);
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
            told.changed(4, to, Some(&stabilising()), is_followed);
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
}
