//! Published payloads stay readable: committed bytes decode to the message that they were made from, and that message
//! still has the same bytes. A new version of a payload adds a file; none is ever changed.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use pawnshop_events::Payload;
use pawnshop_presence::proto::v1::ObjectChanged;
use prost::{Message, Name};

#[test]
fn pawnshop_presence_v1_keeps_its_bytes() {
    let digits = include_str!("../testdata/presence.v1.hex").trim();
    let changed = ObjectChanged { object_id: "SKU 12".to_owned() };
    let written: String = changed.encode_to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, digits, "the bytes of a published payload have changed");

    let mut bytes: Vec<u8> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
    assert_eq!(ObjectChanged::decode(bytes.as_slice()).unwrap(), changed);

    // A field from the future: number 1000, length-delimited, "new".
    bytes.extend_from_slice(&[0xc2, 0x3e, 3, b'n', b'e', b'w']);
    assert_eq!(ObjectChanged::decode(bytes.as_slice()).unwrap(), changed, "with a field from the future");
}

#[test]
fn its_event_is_known_by_type_and_url() {
    assert_eq!(ObjectChanged::EVENT_TYPE, "pawnshop.presence.v1");
    assert_eq!(ObjectChanged::type_url(), "type.googleapis.com/pawnshop.v1.ObjectChanged");
}
