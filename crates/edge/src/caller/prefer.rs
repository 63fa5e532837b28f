//! `Prefer: wait=N` (RFC 7240, section 4.3).

use http::HeaderMap;
use std::time::Duration;

/// The first `wait` preference, in whole seconds; `None` without one, when it cannot be read, or at 0.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    for value in headers.get_all("prefer") {
        let Ok(text) = value.to_str() else { continue };
        for preference in split_outside_quotes(text, ',') {
            let first = split_outside_quotes(preference, ';').next().unwrap_or_default();
            let (name, value) = first.split_once('=').unwrap_or((first, ""));
            if name.trim().eq_ignore_ascii_case("wait") {
                // A preference given again does not count, even where the first one cannot be read.
                return seconds(value.trim().trim_matches('"'));
            }
        }
    }
    None
}

fn seconds(text: &str) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = text.parse().unwrap_or(u64::from(u32::MAX));
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c: char| {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        }
        !quoted && c == separator
    })
}
