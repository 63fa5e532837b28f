//! The cursor of the list: when the last object of the page before was seen (8 bytes, big-endian), and its id.

use crate::model::ObjectId;
use crate::proto::v1::Presence;
use pawnshop_edge::page::{InvalidCursor, decode_cursor, encode_cursor};

/// The first byte of the list's cursors.
const LIST: u8 = 1;

/// What every cursor of the list looks like.
pub(super) const PATTERN: &str = "^AQ[A-Za-z0-9_-]{12,}$";

pub(super) fn encode(last: &Presence) -> String {
    encode_cursor(LIST, &[&last.last_seen_us.to_be_bytes()[..], last.object_id.as_bytes()].concat())
}

pub(super) fn decode(text: &str) -> Result<Presence, InvalidCursor> {
    let bytes = decode_cursor(LIST, text)?;
    let (last_seen, id) = bytes.split_first_chunk::<8>().ok_or(InvalidCursor)?;
    let id: ObjectId = std::str::from_utf8(id).ok().and_then(|id| id.parse().ok()).ok_or(InvalidCursor)?;
    Ok(Presence { object_id: id.to_string(), last_seen_us: i64::from_be_bytes(*last_seen) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went(last_seen_us: i64, object_id in "[a-zA-Z0-9/ öß€]{1,40}") {
            let last = Presence { object_id, last_seen_us };
            let text = encode(&last);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            prop_assert_eq!(decode(&text).unwrap(), last);
        }

        #[test]
        fn any_other_text_is_refused_without_a_panic(text in "\\PC{0,60}") {
            if let Ok(last) = decode(&text) {
                prop_assert_eq!(encode(&last), text);
            }
        }
    }
}
