use super::headers;
use super::held::retried;
use super::part::Part;
use super::source::Kind;
use bytes::Bytes;
use lapin::BasicProperties;
use pawnshop_messaging::{RetrySchedule, Tier};

/// Deliveries after which a message of several events is taken apart: one of them may be killing workers (D1).
const DELIVERIES_TOGETHER: u64 = 3;

/// Deliveries after which an event alone has failed, as far as anybody can tell (D1): unless this process gives
/// messages back, and so is the reason itself.
const DELIVERIES_ALONE: u64 = 20;

/// What is to be done with a delivered message.
#[derive(Debug)]
pub(super) enum Intake {
    /// It holds nothing: it is acknowledged.
    Drop,
    /// It is handed out, after what is too large to be filed was put elsewhere.
    Hold { parts: Vec<Part>, given_up: Option<String> },
    /// Its members, or its only event, are published as messages of their own, unchanged.
    TakeApart(Vec<Bytes>),
    /// Its only event is published to a delay tier, with one attempt more.
    Retry { tier: Tier, encoded: Bytes },
}

impl Intake {
    /// Decides by the body, how often it was delivered, what kind of queue it comes from, and whether this process
    /// has returned messages lately.
    pub(super) fn of(
        kind: Kind,
        body: Bytes,
        properties: &BasicProperties,
        schedule: &RetrySchedule,
        has_returned_lately: bool,
    ) -> Self {
        let parts = Part::of_body(body);
        if parts.is_empty() {
            return Self::Drop;
        }
        if kind == Kind::Dead {
            return Self::Hold { parts, given_up: Some(headers::death_reason(properties)) };
        }
        let deliveries = headers::delivery_count(properties);
        match &parts[..] {
            [part] if deliveries >= DELIVERIES_ALONE => match part.event() {
                Ok(_) if has_returned_lately => {
                    Self::TakeApart(parts.into_iter().map(Part::into_bytes).collect())
                }
                Ok(event) => match schedule.tier(event.attempt) {
                    Some(tier) => Self::Retry { tier, encoded: retried(event) },
                    None => Self::Hold { parts, given_up: Some(gave_up(deliveries)) },
                },
                Err(_) => Self::Hold { parts, given_up: None },
            },
            [_, _, ..] if deliveries >= DELIVERIES_TOGETHER => {
                Self::TakeApart(parts.into_iter().map(Part::into_bytes).collect())
            }
            _ => Self::Hold { parts, given_up: None },
        }
    }

    /// How many events it counts as.
    pub(super) fn events(&self) -> usize {
        match self {
            Self::Drop => 0,
            Self::Hold { parts, .. } => parts.len(),
            Self::TakeApart(members) => members.len(),
            Self::Retry { .. } => 1,
        }
    }
}

fn gave_up(deliveries: u64) -> String {
    format!("it was delivered {deliveries} times and never settled, the last time behind its last delay tier")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::types::{AMQPValue, FieldTable};
    use pawnshop_events::Event;
    use pawnshop_messaging::contract::event;
    use std::time::Duration;

    const TIER: Duration = Duration::from_secs(1);

    fn intake(kind: Kind, body: Bytes, deliveries: i64) -> Intake {
        intake_after_returns(kind, body, deliveries, false)
    }

    fn intake_after_returns(kind: Kind, body: Bytes, deliveries: i64, returned: bool) -> Intake {
        let mut headers = FieldTable::default();
        headers.insert("x-delivery-count".into(), AMQPValue::LongLongInt(deliveries));
        let properties = BasicProperties::default().with_headers(headers);
        Intake::of(kind, body, &properties, &RetrySchedule::new(vec![TIER]), returned)
    }

    fn body(attempts: &[u32]) -> Bytes {
        let encoded: Vec<_> =
            attempts.iter().map(|&attempt| Event { attempt, ..event(1) }.encode()).collect();
        Event::join_batch(&encoded)
    }

    #[test]
    fn a_message_is_held_until_it_was_delivered_too_often() {
        for deliveries in [-7, 0, 2] {
            let held = intake(Kind::Flow, body(&[0, 0]), deliveries);
            assert!(matches!(&held, Intake::Hold { given_up: None, parts } if parts.len() == 2), "{held:?}");
        }
        let apart = intake(Kind::Flow, body(&[0, 0]), 3);
        assert!(matches!(&apart, Intake::TakeApart(members) if members.len() == 2), "{apart:?}");
        let alone = intake(Kind::Flow, body(&[0]), 19);
        assert!(matches!(alone, Intake::Hold { given_up: None, .. }), "{alone:?}");
    }

    #[test]
    fn an_event_delivered_twenty_times_has_failed_once_and_behind_its_last_tier_for_good() {
        let Intake::Retry { tier, encoded } = intake(Kind::Flow, body(&[0]), 20) else {
            panic!("it should be retried")
        };
        assert_eq!((tier.delay, Event::decode(encoded).unwrap().attempt), (TIER, 1));
        let last = intake(Kind::Flow, body(&[1]), 20);
        assert!(matches!(last, Intake::Hold { given_up: Some(_), .. }), "{last:?}");
    }

    #[test]
    fn an_event_that_this_process_may_have_returned_itself_starts_anew_with_no_attempt_more() {
        for attempt in [0, 1] {
            let encoded = Event { attempt, ..event(1) }.encode();
            let body = Event::join_batch(std::slice::from_ref(&encoded));
            let anew = intake_after_returns(Kind::Flow, body.clone(), 20, true);
            assert!(matches!(&anew, Intake::TakeApart(only) if *only == [encoded]), "{anew:?}");
            let held = intake_after_returns(Kind::Flow, body, 19, true);
            assert!(matches!(held, Intake::Hold { given_up: None, .. }), "{held:?}");
        }
        let bad = intake_after_returns(Kind::Flow, Bytes::from_static(b"bad"), 900, true);
        assert!(matches!(bad, Intake::Hold { given_up: None, .. }), "{bad:?}");
        let several = intake_after_returns(Kind::Flow, body(&[0, 0]), 2, true);
        assert!(matches!(several, Intake::Hold { given_up: None, .. }), "{several:?}");
    }

    #[test]
    fn what_the_broker_gave_up_is_held_with_its_reason_however_often_it_was_delivered() {
        for (body, deliveries) in [(body(&[0, 0]), 3), (body(&[0]), 20), (Bytes::from_static(b"bad"), 900)] {
            let held = intake(Kind::Dead, body, deliveries);
            assert!(matches!(&held, Intake::Hold { given_up: Some(_), .. }), "{held:?}");
        }
    }

    #[test]
    fn what_is_no_event_is_held_however_often_it_was_delivered() {
        let held = intake(Kind::Flow, Bytes::from_static(b"bad"), 900);
        assert!(matches!(held, Intake::Hold { given_up: None, .. }), "{held:?}");
        assert!(matches!(intake(Kind::Flow, Bytes::new(), 900), Intake::Drop));
    }
}
