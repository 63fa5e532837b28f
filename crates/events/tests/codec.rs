//! The envelope's codec: what it writes it reads, and nothing that it reads can break it.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic as the test may")]

use bytes::Bytes;
use pawnshop_domain::{EventId, Instant};
use pawnshop_events::cloudevents::CloudEvent;
use pawnshop_events::cloudevents::cloud_event::cloud_event_attribute_value::Attr;
use pawnshop_events::cloudevents::cloud_event::{CloudEventAttributeValue, Data};
use pawnshop_events::{ContentHash, DecodeError, Event};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message;

prop_compose! {
    fn event()(
        id in ".*",
        (source, kind, subject, type_url) in (".*", ".*", ".*", ".*"),
        // The years -9999 to 9999.
        time in -377_000_000_000_000_000i64..253_000_000_000_000_000,
        traceparent in option::of(".*"),
        hash in ".{0,64}",
        attempt in 0..=i32::MAX as u32,
        payload in vec(any::<u8>(), 0..512),
    ) -> Event {
        Event {
            id: EventId::derived(&[&id]),
            source,
            kind,
            subject,
            time: Instant::from_micros(time),
            traceparent,
            content_hash: ContentHash::from_text(hash),
            attempt,
            type_url,
            payload: Bytes::from(payload),
        }
    }
}

proptest! {
    #[test]
    fn an_event_survives_its_bytes(event in event()) {
        prop_assert_eq!(Event::decode(event.encode()).unwrap(), event);
    }

    #[test]
    fn a_batch_survives_its_bytes(events in vec(event(), 0..8)) {
        let encoded: Vec<Bytes> = events.iter().map(Event::encode).collect();
        let decoded = Event::decode_batch(Event::join_batch(&encoded)).unwrap();
        prop_assert_eq!(decoded.into_iter().map(Result::unwrap).collect::<Vec<_>>(), events);
    }

    #[test]
    fn the_same_event_has_the_same_bytes(event in event()) {
        let again = Event::decode(event.encode()).unwrap();
        prop_assert_eq!(again.encode(), event.encode());
    }

    #[test]
    fn arbitrary_bytes_are_an_error_and_never_a_panic(bytes in vec(any::<u8>(), 0..1024)) {
        let _ = Event::decode(Bytes::from(bytes.clone()));
        let _ = Event::decode_batch(Bytes::from(bytes));
    }

    #[test]
    fn a_damaged_batch_never_panics(
        events in vec(event(), 1..4),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        kept in any::<prop::sample::Index>(),
    ) {
        let encoded: Vec<Bytes> = events.iter().map(Event::encode).collect();
        let mut bytes = Event::join_batch(&encoded).to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(kept.index(bytes.len()) + 1);
        let _ = Event::decode_batch(Bytes::from(bytes));
    }
}

#[test]
fn a_bad_member_of_a_batch_costs_its_neighbours_nothing() {
    let good = sample();
    let bad = broken(|event| event.id = "not-a-uuid".to_owned());
    let batch = Event::join_batch(&[good.encode(), bad, good.encode()]);
    let mut members = Event::decode_batch(batch).unwrap().into_iter();
    assert_eq!(members.next().unwrap().unwrap(), good);
    assert!(matches!(members.next().unwrap(), Err(DecodeError::Attribute("id"))));
    assert_eq!(members.next().unwrap().unwrap(), good);
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    type Breakage = fn(&mut CloudEvent);
    let cases: [(&str, Breakage); 9] = [
        ("\"id\"", |event| event.id.clear()),
        ("version \"2.0\"", |event| event.spec_version = "2.0".to_owned()),
        ("\"subject\"", |event| drop(event.attributes.remove("subject"))),
        ("\"time\"", |event| drop(event.attributes.remove("time"))),
        ("\"time\"", |event| {
            let far = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
            event.attributes.insert("time".to_owned(), attribute(Attr::CeTimestamp(far)));
        }),
        ("\"contenthash\"", |event| drop(event.attributes.remove("contenthash"))),
        ("\"contenthash\"", |event| {
            event.attributes.insert("contenthash".to_owned(), attribute(Attr::CeString("x".repeat(257))));
        }),
        ("\"attempt\"", |event| {
            event.attributes.insert("attempt".to_owned(), attribute(Attr::CeInteger(-1)));
        }),
        ("no protobuf payload", |event| event.data = Some(Data::TextData("text".to_owned()))),
    ];
    for (named, breakage) in cases {
        let error = Event::decode(broken(breakage)).unwrap_err();
        assert!(error.to_string().contains(named), "{error} does not name {named}");
    }
}

fn sample() -> Event {
    Event {
        id: EventId::derived(&["sample"]),
        source: "/shops/default/downtown".to_owned(),
        kind: "pawnshop.item.v1".to_owned(),
        subject: "1".to_owned(),
        time: Instant::from_micros(0),
        traceparent: None,
        content_hash: ContentHash::from_text("v1:00"),
        attempt: 1,
        type_url: "type.googleapis.com/pawnshop.v1.ItemAdded".to_owned(),
        payload: Bytes::from_static(b"payload"),
    }
}

fn broken(breakage: fn(&mut CloudEvent)) -> Bytes {
    let mut event = CloudEvent::decode(sample().encode()).unwrap();
    breakage(&mut event);
    event.encode_to_vec().into()
}

fn attribute(attr: Attr) -> CloudEventAttributeValue {
    CloudEventAttributeValue { attr: Some(attr) }
}

#[test]
fn a_batch_is_cut_into_its_events_and_joined_again_byte_by_byte() {
    let events = [sample().encode(), Bytes::from_static(b"no event"), Bytes::new(), sample().encode()];
    let batch = Event::join_batch(&events);
    let cut = Event::split_batch(batch.clone(), 4).unwrap();
    assert_eq!(cut, events);
    assert_eq!(Event::join_batch(&cut), batch);
    assert!(matches!(Event::split_batch(batch.clone(), 3), Err(DecodeError::TooMany(3))));
    assert_eq!(Event::split_batch(Bytes::new(), 4).unwrap(), Vec::<Bytes>::new());
    for end in [batch.len() - 1, 1] {
        assert!(Event::split_batch(batch.slice(..end), 4).is_err(), "cut off at {end}");
    }
    assert!(
        Event::split_batch(Bytes::from_static(b"\x12\x01x"), 4).is_err(),
        "another field than the events"
    );
}
