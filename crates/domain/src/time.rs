use jiff::{Timestamp, civil};
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

/// Parses an RFC 3339 date-time, or a bare date, which means midnight UTC (decision D11).
impl FromStr for Instant {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        if text.len() == 10 {
            let date: civil::Date = text.parse().map_err(|_| InvalidDate)?;
            let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| InvalidDate)?;
            return Ok(Self(midnight.timestamp().as_microsecond()));
        }
        let timestamp: Timestamp = text.parse().map_err(|_| InvalidDate)?;
        Ok(Self(timestamp.as_microsecond()))
    }
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
        for text in
            ["", "yesterday", "2026-13-01", "2026-02-30", "2026-01-31T12:00:00", "20260131", "1/2/2026"]
        {
            assert_eq!(text.parse::<Instant>(), Err(InvalidDate), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_instant_survives_its_text(micros in -60_000_000_000_000_000i64..250_000_000_000_000_000) {
            let instant = Instant::from_micros(micros);
            proptest::prop_assert_eq!(instant.to_string().parse::<Instant>().unwrap(), instant);
        }
    }
}
