use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How soon a reason that lasts is told again.
const AGAIN: Duration = Duration::from_secs(60);
/// How many reasons are told in that time.
const REASONS: usize = 10;

/// Whether a reason of an outage is to be logged: when it is new, and once a minute while it lasts, not at each attempt.
#[derive(Debug, Default)]
pub(super) struct Telling {
    told: BTreeMap<String, Instant>,
}

impl Telling {
    /// Whether to log this now, which is then done.
    pub(super) fn is_due(&mut self, why: &str, now: Instant) -> bool {
        self.told.retain(|_, at| now.duration_since(*at) < AGAIN);
        let due = self.told.len() < REASONS && !self.told.contains_key(why);
        if due {
            self.told.insert(why.to_owned(), now);
        }
        due
    }

    /// The outage is over.
    pub(super) fn reset(&mut self) {
        self.told.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_told_when_it_is_new_and_again_while_it_lasts() {
        let (mut telling, now) = (Telling::default(), Instant::now());
        let told = ["refused", "refused", "a stranger"].map(|why| telling.is_due(why, now));
        assert_eq!(told, [true, false, true]);
        assert!(telling.is_due("a stranger", now + AGAIN));
        telling.reset();
        assert!(telling.is_due("a stranger", now));
        let flood = (0..100).filter(|n| telling.is_due(&n.to_string(), now));
        assert_eq!(flood.count(), REASONS - 1);
    }
}
