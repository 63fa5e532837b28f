use crate::metrics::Settled;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_flow::Outcome;
use pawnshop_flow::outcomes::{OutcomeKind, OutcomeRecord};
use pawnshop_messaging::{RetrySchedule, Settlement, Tier};

/// What is to happen to one event now that its outcome is known.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It has ended, and its flow's proof shows it.
    Applied,
    /// It has ended once this document is written.
    Recorded(Box<OutcomeRecord>),
    /// It goes to this tier.
    Retry(Tier),
    /// It was not tried.
    Return,
}

impl Verdict {
    /// The verdict on an event, given what its handler said; `None`: it was not tried.
    pub(crate) fn of(
        flow: &FlowName,
        event: &Event,
        outcome: Option<Outcome>,
        schedule: &RetrySchedule,
    ) -> Self {
        let recorded = |record| Self::Recorded(Box::new(record));
        match outcome {
            None => Self::Return,
            Some(Outcome::Applied) => Self::Applied,
            Some(Outcome::Repeated) => recorded(OutcomeRecord::applied(flow, event)),
            Some(Outcome::Rejected(rejection)) => recorded(OutcomeRecord::rejected(flow, event, rejection)),
            Some(Outcome::KeyReused) => recorded(OutcomeRecord::key_reused(flow, event)),
            Some(Outcome::Retry(reason)) => match schedule.tier(event.attempt) {
                Some(tier) => Self::Retry(tier),
                None => recorded(OutcomeRecord::retries_exhausted(flow, event, reason)),
            },
        }
    }

    /// How the broker is told.
    pub(crate) fn settlement(&self) -> Settlement {
        match self {
            Self::Applied | Self::Recorded(_) => Settlement::Done,
            Self::Retry(tier) => Settlement::Retry(*tier),
            Self::Return => Settlement::Return,
        }
    }

    /// The document that must be written before the event is settled.
    pub(crate) fn record(&self) -> Option<&OutcomeRecord> {
        match self {
            Self::Recorded(record) => Some(record),
            _ => None,
        }
    }

    /// Which counter the settled event belongs to.
    pub(crate) fn counted_as(&self) -> Settled {
        match self {
            Self::Applied => Settled::Applied,
            Self::Recorded(record) => match record.kind {
                OutcomeKind::Applied => Settled::Applied,
                OutcomeKind::Rejected(_) => Settled::Rejected,
                OutcomeKind::DeadLettered { .. } => Settled::DeadLettered,
            },
            Self::Retry(_) => Settled::Retried,
            Self::Return => Settled::Returned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use pawnshop_domain::{EventId, Instant};
    use pawnshop_events::ContentHash;
    use proptest::prelude::*;
    use std::time::Duration;

    const FLOW: FlowName = FlowName::fixed("alpha");

    fn event() -> Event {
        Event {
            id: EventId::fresh(),
            source: "/shops/default/test".to_owned(),
            kind: "test.v1".to_owned(),
            subject: "thing".to_owned(),
            time: Instant::now(),
            traceparent: None,
            content_hash: ContentHash::from_text("v1:a"),
            attempt: 0,
            type_url: "type.googleapis.com/test.Thing".to_owned(),
            payload: Bytes::new(),
        }
    }

    proptest! {
        #[test]
        fn an_event_that_always_fails_visits_every_tier_once_and_is_then_a_dead_letter(
            seconds in prop::collection::vec(0..1_000_000_u64, 0..32),
        ) {
            let schedule = RetrySchedule::new(seconds.into_iter().map(Duration::from_secs).collect());
            let tiers: Vec<_> = schedule.tiers().collect();
            let (mut event, mut visited) = (event(), Vec::new());
            let record = loop {
                let fails = Some(Outcome::Retry("it fails".to_owned()));
                match Verdict::of(&FLOW, &event, fails, &schedule) {
                    Verdict::Retry(tier) => visited.push(tier),
                    Verdict::Recorded(record) => break record,
                    verdict => return Err(TestCaseError::fail(format!("{verdict:?}"))),
                }
                prop_assert!(visited.len() <= tiers.len(), "it never ends");
                // As a broker does when the event comes back from its tier.
                event.attempt += 1;
            };
            prop_assert_eq!(&visited, &tiers);
            let dead = matches!(record.kind, OutcomeKind::DeadLettered { .. });
            prop_assert!(dead, "{:?}", record.kind);
            prop_assert_eq!(usize::try_from(record.attempts).unwrap(), tiers.len() + 1);
        }
    }
}
