//! Published envelopes stay readable: committed bytes decode to the event that they were made from, and that
//! event still has the same bytes.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic as the test may")]

use bytes::Bytes;
use pawnshop_domain::{EventId, Instant};
use pawnshop_events::cloudevents::CloudEvent;
use pawnshop_events::{ContentHash, Event};
use prost::Message;

const PLAIN: &str = include_str!("../testdata/event.v1.hex");
const RETRIED: &str = include_str!("../testdata/event-retried.v1.hex");
const BATCH: &str = include_str!("../testdata/batch.v1.hex");

/// An event at its first attempt, of a request without a trace.
fn plain() -> Event {
    Event {
        id: EventId::derived(&["golden", "plain"]),
        source: "/shops/default/downtown".to_owned(),
        kind: "pawnshop.buy-action.v1".to_owned(),
        subject: "SKU 12".to_owned(),
        time: Instant::from_micros(1_769_860_800_123_456),
        traceparent: None,
        content_hash: ContentHash::from_text(format!("v1:{}", "0123456789abcdef".repeat(4))),
        attempt: 0,
        type_url: "type.googleapis.com/pawnshop.v1.BuyAction".to_owned(),
        payload: Bytes::from_static(&[0x0a, 0x03, b'a', b'n', b'n']),
    }
}

/// An event with every attribute there is, before 1970.
fn retried() -> Event {
    Event {
        id: EventId::derived(&["golden", "retried"]),
        subject: "Öl/1".to_owned(),
        time: Instant::from_micros(-1),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        attempt: 3,
        payload: Bytes::new(),
        ..plain()
    }
}

#[test]
fn a_plain_event_keeps_its_bytes() {
    holds(PLAIN, &plain());
}

#[test]
fn an_event_with_every_attribute_keeps_its_bytes() {
    holds(RETRIED, &retried());
}

#[test]
fn a_batch_keeps_its_bytes() {
    let batch = Event::join_batch(&[plain().encode(), retried().encode()]);
    assert_eq!(hex(&batch), words(BATCH));
    let events: Vec<Event> =
        Event::decode_batch(unhex(BATCH)).unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(events, [plain(), retried()]);
}

#[test]
fn an_event_with_a_field_from_the_future_is_still_read() {
    let mut bytes = unhex(PLAIN).to_vec();
    // Field 1000, length-delimited: "new".
    bytes.extend_from_slice(&[0xc2, 0x3e, 3, b'n', b'e', b'w']);
    assert_eq!(Event::decode(bytes.into()).unwrap(), plain());
}

#[test]
fn an_event_with_an_attribute_from_the_future_is_still_read() {
    let mut cloud_event = CloudEvent::decode(unhex(PLAIN)).unwrap();
    let subject = cloud_event.attributes["subject"].clone();
    cloud_event.attributes.insert("priority".to_owned(), subject);
    assert_eq!(Event::decode(cloud_event.encode_to_vec().into()).unwrap(), plain());
}

fn holds(golden: &str, event: &Event) {
    assert_eq!(hex(&event.encode()), words(golden), "the bytes of a published envelope have changed");
    assert_eq!(&Event::decode(unhex(golden)).unwrap(), event);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn words(golden: &str) -> String {
    golden.split_whitespace().collect()
}

fn unhex(golden: &str) -> Bytes {
    let digits = words(golden);
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
