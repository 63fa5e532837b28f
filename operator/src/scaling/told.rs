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

    /// Takes note that the number of workers changed, as `decision` says or as somebody else did it.
    pub(super) fn changed(&mut self, from: u32, to: u32, decision: Option<&Decision>) {
        let (reason, message) = match decision {
            Some(decision) if (decision.to > from) == (to > from) && decision.changes() => {
                (decision.why.name().to_owned(), decision.to_string())
            }
            Some(decision) => ("ByAnother".to_owned(), format!("not by the rule, which says: {decision}")),
            None => ("ByAnother".to_owned(), "not by the rule, which says nothing".to_owned()),
        };
        let message = cut(message, LONGEST_MESSAGE);
        // In whole seconds, as the API server keeps it.
        let now = Timestamp::now();
        let at = Time(Timestamp::from_second(now.as_second()).unwrap_or(now));
        self.changes.insert(0, ScaleChange { at, from, to, reason, message });
        self.changes.truncate(CHANGES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            told.changed(to - 1, to, None);
        }
        assert_eq!(told.changes.len(), 10);
        assert_eq!((told.changes[0].from, told.changes[0].to), (11, 12));
        assert_eq!(told.changes[0].reason, "ByAnother");
        assert_eq!(told.changes[0].at.0.subsec_nanosecond(), 0, "as the API server gives it back");
    }
}
