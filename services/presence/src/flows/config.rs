//! What the flow's pool says in the resource, in its `config`.

use crate::objects::ObjectsUri;
use pawnshop_flow::{ConfigKey, PoolConfig};
use serde::Deserialize;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Where the objects' service is.
pub(super) const OBJECTS_URI: ConfigKey<ObjectsUri> = ConfigKey::required("objectsUri");

/// How many look-ups a worker has under way at most; 100 when absent.
pub(super) const CONCURRENCY: ConfigKey<Concurrency> = ConfigKey::optional("concurrency");

/// How long a look-up may take; 10 s when absent. The most is what leaves room, within the 30 s of a handler, to ask once
/// more whether the service is alive.
pub(super) const LOOKUP_SECONDS: ConfigKey<LookUpTime> = ConfigKey::optional("lookupSeconds");

/// How long an object counts as seen; 30 s when absent.
pub(super) const SEEN_FOR_SECONDS: ConfigKey<SeenFor> = ConfigKey::optional("seenForSeconds");

/// 10 ms to 12 s.
pub(super) type LookUpTime = Seconds<10, 12_000, 10_000>;

/// 100 ms to 31 days.
pub(super) type SeenFor = Seconds<100, 2_678_400_000, 30_000>;

/// A time in seconds, which may have a fraction; its bounds, and what it is when nothing is said, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Seconds<const LEAST: u64, const MOST: u64, const DEFAULT: u64>(pub(super) Duration);

/// How many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Concurrency(pub(super) NonZeroUsize);

/// How many look-ups a worker of this pool may have under way.
pub(super) fn concurrency(config: &PoolConfig) -> NonZeroUsize {
    config.get(&CONCURRENCY).unwrap_or_default().0
}

const MOST_AT_ONCE: u64 = 1_000;

impl<const LEAST: u64, const MOST: u64, const DEFAULT: u64> TryFrom<f64> for Seconds<LEAST, MOST, DEFAULT> {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        let (least, most) = (Duration::from_millis(LEAST), Duration::from_millis(MOST));
        match Duration::try_from_secs_f64(seconds) {
            Ok(time) if (least..=most).contains(&time) => Ok(Self(time)),
            _ => Err(format!("must be {} to {} seconds", least.as_secs_f64(), most.as_secs_f64())),
        }
    }
}

impl<const LEAST: u64, const MOST: u64, const DEFAULT: u64> Default for Seconds<LEAST, MOST, DEFAULT> {
    fn default() -> Self {
        Self(Duration::from_millis(DEFAULT))
    }
}

impl TryFrom<u64> for Concurrency {
    type Error = String;

    fn try_from(at_once: u64) -> Result<Self, String> {
        let given = usize::try_from(at_once).ok().and_then(NonZeroUsize::new);
        given.filter(|_| at_once <= MOST_AT_ONCE).map(Self).ok_or(format!("must be 1 to {MOST_AT_ONCE}"))
    }
}

impl Default for Concurrency {
    fn default() -> Self {
        Self(NonZeroUsize::MIN.saturating_add(99))
    }
}

#[cfg(test)]
mod tests {
    use super::super::flows;
    use super::*;

    fn faults(config: &str) -> Vec<String> {
        let config: PoolConfig = config.parse().unwrap();
        config.faults(&flows()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_but_the_uri_have_defaults() {
        let config: PoolConfig = r#"{"objectsUri": "http://objects:8080"}"#.parse().unwrap();
        assert!(config.faults(&flows()).is_empty());
        assert_eq!(concurrency(&config).get(), 100);
        assert_eq!(config.get(&LOOKUP_SECONDS).unwrap_or_default().0, Duration::from_secs(10));
        assert_eq!(config.get(&SEEN_FOR_SECONDS).unwrap_or_default().0, Duration::from_secs(30));
    }

    #[test]
    fn what_is_said_counts() {
        let config =
            r#"{"objectsUri": "http://o", "concurrency": 7, "lookupSeconds": 0.5, "seenForSeconds": 60}"#;
        let config: PoolConfig = config.parse().unwrap();
        assert!(config.faults(&flows()).is_empty());
        assert_eq!(concurrency(&config).get(), 7);
        assert_eq!(config.get(&LOOKUP_SECONDS).unwrap().0, Duration::from_millis(500));
        assert_eq!(config.get(&SEEN_FOR_SECONDS).unwrap().0, Duration::from_secs(60));
    }

    #[test]
    fn every_fault_is_told_and_no_password() {
        let faults = faults(
            r#"{"objectsUri": "http://ada:secret@objects", "concurrency": 1001, "lookupSeconds": 13, "seenForSeconds": "30"}"#,
        );
        assert_eq!(
            faults,
            [
                r#""objectsUri", which flow "presence" reads: must have no user and no password: what is in a resource is no secret"#,
                r#""concurrency", which flow "presence" reads: must be 1 to 1000"#,
                r#""lookupSeconds", which flow "presence" reads: must be 0.01 to 12 seconds"#,
                r#""seenForSeconds", which flow "presence" reads: invalid type: string "30", expected f64"#,
            ]
        );
        for config in ["{}", r#"{"objectsUri": null}"#] {
            assert_eq!(self::faults(config), [r#""objectsUri" is missing: flow "presence" needs it"#]);
        }
        for concurrency in ["0", "-1", "1.5"] {
            let config = format!(r#"{{"objectsUri": "http://o", "concurrency": {concurrency}}}"#);
            assert_eq!(self::faults(&config).len(), 1, "{concurrency}");
        }
        for seconds in ["0", "-1", "1e300", "0.001"] {
            let config = format!(r#"{{"objectsUri": "http://o", "seenForSeconds": {seconds}}}"#);
            assert_eq!(self::faults(&config).len(), 1, "{seconds}");
        }
    }
}
