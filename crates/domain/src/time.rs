use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An instant in UTC with microsecond precision; kept and sent as microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

/// Text that is neither an RFC 3339 date nor an RFC 3339 date-time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 date (2026-01-31) or date-time with an offset (2026-01-31T12:00:00Z)")]
pub struct InvalidDate;

impl Instant {
    /// The wall clock's present time.
    pub fn now() -> Self {
        Self(Timestamp::now().as_microsecond())
    }

    /// From microseconds since 1970-01-01T00:00:00Z.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// This instant moved by `duration`, saturating.
    pub fn plus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This instant moved back by `duration`, saturating.
    pub fn minus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// Parses an RFC 3339 date-time, or a bare date, which means midnight UTC (decision D11). Nothing else that
/// ISO 8601 knows is taken; what is finer than a microsecond is cut off.
impl FromStr for Instant {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let (date, rest) =
            text.split_at_checked(DATE.len()).filter(|(date, _)| fits(date, DATE)).ok_or(InvalidDate)?;
        let (time, rest) = if rest.is_empty() {
            (MIDNIGHT, "Z")
        } else {
            rest.split_at_checked(TIME.len()).filter(|(time, _)| fits(time, TIME)).ok_or(InvalidDate)?
        };
        let (fraction, offset) = match rest.strip_prefix('.') {
            None => ("0", rest),
            Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).ok_or(InvalidDate)?),
        };
        if fraction.is_empty() || !(offset.eq_ignore_ascii_case("Z") || fits(offset, OFFSET)) {
            return Err(InvalidDate);
        }
        let micros = fraction.get(..6).unwrap_or(fraction);
        let canonical = format!("{date}{time}.{micros}{offset}").to_ascii_uppercase();
        let timestamp: Timestamp = canonical.parse().map_err(|_| InvalidDate)?;
        Ok(Self(timestamp.as_microsecond()))
    }
}

/// Shapes by RFC 3339, section 5.6: `9` is a digit, `T` either case, `+` either sign. What the digits may be is
/// left to the calendar.
const DATE: &str = "9999-99-99";
const TIME: &str = "T99:99:99";
const OFFSET: &str = "+99:99";
const MIDNIGHT: &str = "T00:00:00";

fn fits(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
            b'9' => byte.is_ascii_digit(),
            b'+' => matches!(byte, b'+' | b'-'),
            _ => byte.eq_ignore_ascii_case(&shape),
        })
}

/// RFC 3339 in UTC; an instant outside the years that the format can say is clamped to them.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clamped = Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        });
        clamped.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_date_is_midnight_utc() {
        let date: Instant = "2026-01-31".parse().unwrap();
        assert_eq!(date.to_string(), "2026-01-31T00:00:00Z");
    }

    #[test]
    fn an_offset_is_brought_to_utc() {
        let instant: Instant = "2026-01-31T01:30:00+02:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-01-30T23:30:00Z");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "2026-01-31T12:00:00",
            "20260131",
            "1/2/2026",
            "2026-W05-6",
            "2026-01-31T",
            "2026-01-31T12Z",
            "2026-01-31T12:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00+0200",
            "2026-01-31T12:00:00+02",
            "2026-01-31T12:00:00Z[UTC]",
            "+002026-01-31T12:00:00Z",
            " 2026-01-31",
            "2026-01-31\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        ] {
            assert_eq!(text.parse::<Instant>(), Err(InvalidDate), "{text}");
        }
    }

    #[test]
    fn what_rfc_3339_allows_is_taken() {
        for (text, canonical) in [
            ("2026-01-31t12:00:00z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00.5-00:00", "2026-01-31T12:00:00.5Z"),
            ("2026-01-31T12:00:00.1234567890123456789Z", "2026-01-31T12:00:00.123456Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2026-01-31T12:00:00+23:59", "2026-01-30T12:01:00Z"),
            ("0000-01-01", "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(text.parse::<Instant>().unwrap().to_string(), canonical, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_whatever_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Instant>();
        }

        #[test]
        fn an_instant_survives_its_text(micros in -60_000_000_000_000_000i64..250_000_000_000_000_000) {
            let instant = Instant::from_micros(micros);
            proptest::prop_assert_eq!(instant.to_string().parse::<Instant>().unwrap(), instant);
        }
    }
}
