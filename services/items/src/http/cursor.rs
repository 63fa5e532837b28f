//! The cursors of this service's lists, and what the worker needs in them to go on.

use crate::proto::v1::HistoryCursor;
use pawnshop_domain::ItemId;
use pawnshop_edge::page::{InvalidCursor, decode_cursor, encode_cursor};
use uuid::Uuid;

/// The first byte of a list's cursor; the item id follows.
const LIST: u8 = 1;

/// The first byte of a history's cursor; the date in microseconds (8 bytes, big-endian) and the event id (16)
/// follow.
const HISTORY: u8 = 2;

/// Exactly the texts that are cursors of histories.
pub(super) const HISTORY_PATTERN: &str = "^A[g-v][A-Za-z0-9_-]{31}[AQgw]$";

pub(super) fn encode_list(item_id: &str) -> String {
    encode_cursor(LIST, item_id.as_bytes())
}

pub(super) fn decode_list(text: &str) -> Result<ItemId, InvalidCursor> {
    let bytes = decode_cursor(LIST, text)?;
    std::str::from_utf8(&bytes).ok().and_then(|id| id.parse().ok()).ok_or(InvalidCursor)
}

/// Event ids are UUIDs. Were one not, the page after would begin with its date again: too much, never too little.
pub(super) fn encode_history(cursor: &HistoryCursor) -> String {
    let event_id = Uuid::parse_str(&cursor.event_id).unwrap_or_default();
    encode_cursor(HISTORY, &[&cursor.date_us.to_be_bytes()[..], event_id.as_bytes()].concat())
}

pub(super) fn decode_history(text: &str) -> Result<HistoryCursor, InvalidCursor> {
    let bytes = decode_cursor(HISTORY, text)?;
    let (date, event_id) = bytes.split_first_chunk::<8>().ok_or(InvalidCursor)?;
    let event_id = Uuid::from_slice(event_id).map_err(|_| InvalidCursor)?;
    Ok(HistoryCursor { date_us: i64::from_be_bytes(*date), event_id: event_id.to_string() })
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
