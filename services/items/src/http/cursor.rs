//! Cursors as clients see them: opaque, to be handed back as they came. Base64url (RFC 4648, section 5) of a
//! version byte and what the worker needs to go on.

use crate::proto::v1::HistoryCursor;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pawnshop_domain::ItemId;
use uuid::Uuid;

/// The first byte of a list's cursor; the item id follows.
const LIST: u8 = 1;

/// The first byte of a history's cursor; the date in microseconds (8 bytes, big-endian) and the event id (16)
/// follow.
const HISTORY: u8 = 2;

/// Exactly the texts that are cursors of histories.
pub(super) const HISTORY_PATTERN: &str = "^A[g-v][A-Za-z0-9_-]{31}[AQgw]$";

/// A text that is not a cursor of this list or history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a cursor as the page before gave it")]
pub(super) struct InvalidCursor;

pub(super) fn encode_list(item_id: &str) -> String {
    let mut bytes = vec![LIST];
    bytes.extend_from_slice(item_id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode_list(text: &str) -> Result<ItemId, InvalidCursor> {
    let bytes = decode(text, LIST)?;
    std::str::from_utf8(&bytes).ok().and_then(|id| id.parse().ok()).ok_or(InvalidCursor)
}

/// Event ids are UUIDs. Were one not, the page after would begin with its date again: too much, never too little.
pub(super) fn encode_history(cursor: &HistoryCursor) -> String {
    let event_id = Uuid::parse_str(&cursor.event_id).unwrap_or_default();
    let mut bytes = vec![HISTORY];
    bytes.extend_from_slice(&cursor.date_us.to_be_bytes());
    bytes.extend_from_slice(event_id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode_history(text: &str) -> Result<HistoryCursor, InvalidCursor> {
    let bytes = decode(text, HISTORY)?;
    let (date, event_id) = bytes.split_first_chunk::<8>().ok_or(InvalidCursor)?;
    let event_id = Uuid::from_slice(event_id).map_err(|_| InvalidCursor)?;
    Ok(HistoryCursor { date_us: i64::from_be_bytes(*date), event_id: event_id.to_string() })
}

fn decode(text: &str, version: u8) -> Result<Vec<u8>, InvalidCursor> {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
    if bytes.first() != Some(&version) {
        return Err(InvalidCursor);
    }
    bytes.remove(0);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pawnshop_domain::EventId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_list_cursor_comes_back_as_it_went(id in "[a-zA-Z0-9_.öß€-]{3,128}") {
            let text = encode_list(&id);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            let decoded = decode_list(&text).unwrap();
            prop_assert_eq!(decoded.as_str(), id);
        }

        #[test]
        fn a_history_cursor_comes_back_as_it_went(date_us: i64) {
            let cursor = HistoryCursor { date_us, event_id: EventId::fresh().to_string() };
            prop_assert_eq!(decode_history(&encode_history(&cursor)).unwrap(), cursor);
        }

        #[test]
        fn every_text_of_the_pattern_is_a_cursor(text in HISTORY_PATTERN.trim_matches(|c| c == '^' || c == '$')) {
            prop_assert_eq!(encode_history(&decode_history(&text).unwrap()), text);
        }

        #[test]
        fn any_other_text_is_refused_without_a_panic(text in "\\PC{0,60}") {
            if let Ok(id) = decode_list(&text) {
                prop_assert_eq!(encode_list(id.as_str()), text);
            }
        }

        #[test]
        fn the_cursor_of_a_list_is_none_of_a_history(id in "[a-z]{40,60}") {
            prop_assert_eq!(decode_history(&encode_list(&id)), Err(InvalidCursor));
        }
    }
}
