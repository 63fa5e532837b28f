//! Parsers for what many settings hold. Any `FromStr` is one too: `str::parse`.

use crate::telemetry::LogFormat;
use secrecy::SecretString;
use std::convert::Infallible;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

/// Any text, as it is.
///
/// # Errors
/// None.
pub fn text(raw: &str) -> Result<String, Infallible> {
    Ok(raw.to_owned())
}

/// Any text that is never to be shown.
///
/// # Errors
/// When it is empty.
pub fn secret(raw: &str) -> Result<SecretString, &'static str> {
    if raw.is_empty() { Err("empty") } else { Ok(raw.into()) }
}

/// The path of a file or folder.
///
/// # Errors
/// When it is empty.
pub fn path(raw: &str) -> Result<PathBuf, &'static str> {
    if raw.is_empty() { Err("empty") } else { Ok(raw.into()) }
}

/// A duration such as `250ms`, `1s`, `10min`, `30d`, `1h 30min`.
///
/// # Errors
/// When it is none, or has no unit.
pub fn duration(raw: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(raw)
}

/// A duration that is longer than nothing.
///
/// # Errors
/// When it is none, has no unit, or is zero.
pub fn some_time(raw: &str) -> Result<Duration, String> {
    match duration(raw) {
        Ok(Duration::ZERO) => Err("must be longer than nothing".to_owned()),
        parsed => parsed.map_err(|error| error.to_string()),
    }
}

/// How log lines are written: `text` or `json`.
///
/// # Errors
/// When it is neither.
pub fn log_format(raw: &str) -> Result<LogFormat, &'static str> {
    match raw {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json"),
    }
}

/// A list separated by commas, each item by a parser of its own; blanks around items are dropped.
///
/// # Errors
/// At the first item that is empty or that the parser refuses: the item, and why.
pub fn list<T, E: Display>(
    item: impl Fn(&str) -> Result<T, E>,
) -> impl FnOnce(&str) -> Result<Vec<T>, String> {
    move |raw| {
        let parsed = raw.split(',').map(str::trim).map(|raw| match raw {
            "" => Err("an item of the list is empty".to_owned()),
            _ => item(raw).map_err(|error| format!("{raw}: {error}")),
        });
        parsed.collect()
    }
}
