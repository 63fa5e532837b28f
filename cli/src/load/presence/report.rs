use super::tally::CallbackTally;
use crate::load::report::percentiles;
use crate::terminal::grouped;
use std::fmt;
use std::time::Duration;

/// How callbacks ended.
pub(crate) struct Report {
    pub(super) elapsed: Duration,
    pub(super) tally: CallbackTally,
}

impl Report {
    /// Every callback was acknowledged.
    pub(crate) fn is_good(&self) -> bool {
        self.tally.tally.errors.is_empty()
    }

    fn acknowledged(&self, f: &mut fmt::Formatter<'_>, what: &str, count: u64) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let rate = match count as f64 / seconds {
            slow if slow < 10.0 => format!("{slow:.1}"),
            rate => grouped(rate as u64),
        };
        write!(f, "{what:<9} {:>9} acknowledged in {seconds:.1} s = {rate}/s", grouped(count))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallbackTally { tally, ids, retries } = &self.tally;
        self.acknowledged(f, "callbacks", tally.writes.len())?;
        if !tally.writes.is_empty() {
            write!(f, "; {}", percentiles(&tally.writes))?;
        }
        writeln!(f)?;
        self.acknowledged(f, "ids", *ids)?;
        for (kind, count) in retries.iter() {
            write!(f, "\n{:<9} {:>9} {kind}", "retries", grouped(count))?;
        }
        if tally.errors.is_empty() {
            write!(f, "\n{:<9} {:>9}", "errors", 0)?;
        }
        for (kind, count) in tally.errors.iter() {
            write!(f, "\n{:<9} {:>9} {kind}", "errors", grouped(count))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledged_callbacks_retries_and_errors_are_told_apart() {
        let mut tally = CallbackTally::new().unwrap();
        let clean = Report { elapsed: Duration::from_secs(30), tally: CallbackTally::new().unwrap() };
        assert!(clean.is_good());
        for _ in 0..6 {
            tally.acknowledged(Duration::from_millis(2), 200);
        }
        tally.retries.one("HTTP 503 busy".to_owned());
        tally.tally.error("HTTP 400 invalid_body".to_owned());
        let report = Report { elapsed: Duration::from_secs(30), tally };
        assert!(!report.is_good());
        insta::assert_snapshot!(report, @r"
        callbacks         6 acknowledged in 30.0 s = 0.2/s; p50 2.00 ms, p90 2.00 ms, p99 2.00 ms, p99.9 2.00 ms, max 2.00 ms
        ids           1,200 acknowledged in 30.0 s = 40/s
        retries           1 HTTP 503 busy
        errors            1 HTTP 400 invalid_body
        ");
        insta::assert_snapshot!(clean, @r"
        callbacks         0 acknowledged in 30.0 s = 0.0/s
        ids               0 acknowledged in 30.0 s = 0.0/s
        errors            0
        ");
    }
}
