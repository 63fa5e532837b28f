use super::Target;
use bytes::Bytes;
use pawnshop_domain::EventId;
use std::collections::HashMap;

/// Gives each row its idempotency key: from what it is, what it says, and how many rows like it came before in
/// this import (decision D4). Holds some 40 bytes for each different row.
#[derive(Default)]
pub(crate) struct Identities {
    seen: HashMap<EventId, u64>,
}

impl Identities {
    /// The key of the next row with this body.
    pub(crate) fn key(&mut self, target: Target, body: &Bytes) -> EventId {
        let text = String::from_utf8_lossy(body);
        let content = EventId::derived(&["import", target.path(), &text]);
        let occurrence = self.seen.entry(content).or_default();
        *occurrence += 1;
        EventId::derived(&["import", &content.to_string(), &occurrence.to_string()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identical_rows_differ_by_their_occurrence_and_repeat_in_the_next_run() {
        let rows = ["a", "b", "a"].map(Bytes::from);
        let keys = || {
            let mut identities = Identities::default();
            rows.clone().map(|row| identities.key(Target::Item, &row))
        };
        let [first, second, third] = keys();
        assert!(first != second && second != third && first != third);
        assert_eq!(keys(), [first, second, third]);
    }

    #[test]
    fn the_same_row_is_another_event_for_another_route() {
        let row = Bytes::from("a");
        assert_ne!(
            Identities::default().key(Target::Buy, &row),
            Identities::default().key(Target::Item, &row)
        );
    }
}
