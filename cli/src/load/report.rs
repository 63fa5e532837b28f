use super::tally::Tally;
use super::verify::Verified;
use crate::terminal::grouped;
use hdrhistogram::Histogram;
use std::fmt;
use std::time::Duration;

/// What a load showed.
pub(crate) struct Report {
    pub(super) elapsed: Duration,
    pub(super) tally: Tally,
    pub(super) verified: Verified,
}

impl Report {
    /// No errors, and everything that was read back is as acknowledged.
    pub(crate) fn is_good(&self) -> bool {
        self.tally.errors.is_empty() && self.verified.faults == 0
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, what: &str, latencies: &Histogram<u32>) -> fmt::Result {
        if latencies.is_empty() {
            return Ok(());
        }
        let rate = latencies.len() as f64 / self.elapsed.as_secs_f64();
        writeln!(
            f,
            "{what:<7} {:>11} in {:.1} s = {}/s; {}",
            grouped(latencies.len()),
            self.elapsed.as_secs_f64(),
            grouped(rate as u64),
            percentiles(latencies)
        )
    }
}

/// What latencies were, from the usual to the worst.
pub(super) fn percentiles(latencies: &Histogram<u32>) -> String {
    let at = |quantile| latencies.value_at_quantile(quantile) as f64 / 1000.0;
    format!(
        "p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        latencies.max() as f64 / 1000.0
    )
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line(f, "writes", &self.tally.writes)?;
        self.line(f, "reads", &self.tally.reads)?;
        if self.tally.early_reads > 0 {
            writeln!(
                f,
                "        {} reads came before their item was applied (404)",
                grouped(self.tally.early_reads)
            )?;
        }
        if self.tally.errors.is_empty() {
            writeln!(f, "errors            0")?;
        }
        for (kind, count) in self.tally.errors.iter() {
            writeln!(f, "errors  {:>11} {kind}", grouped(count))?;
        }
        let verified = &self.verified;
        let (checked, acknowledged) = (verified.readable + verified.faults, self.tally.writes.len());
        write!(
            f,
            "checked {:>11} of {} acknowledged events ({:.1} %): {} readable, {} not, in {:.1} s",
            grouped(checked as u64),
            grouped(acknowledged),
            100.0 * checked as f64 / acknowledged.max(1) as f64,
            grouped(verified.readable as u64),
            grouped(verified.faults as u64),
            verified.took.as_secs_f64()
        )?;
        if verified.skipped > 0 {
            write!(f, " ({} skipped)", grouped(verified.skipped as u64))?;
        }
        for told in &verified.told {
            write!(f, "\n        {told}")?;
        }
        Ok(())
    }
}
