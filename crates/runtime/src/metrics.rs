//! The process's Prometheus metrics: installed once, rendered by whoever serves `/metrics`.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The media type of [`Metrics::render`]: the Prometheus text format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Bounds of every `_seconds` histogram: from a memory access to a long wait.
const SECONDS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Bounds of every `_age_seconds` histogram: from work done at once to work that took every delay of its retries.
const AGES: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0];

/// Bounds of every other histogram: sizes and counts, by powers of four.
const COUNTS: [f64; 10] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262_144.0];

/// How often samples are folded into buckets; what waits in between is memory.
const UPKEEP: Duration = Duration::from_secs(1);

/// The recorder that this process's metrics go to.
#[derive(Clone)]
pub struct Metrics {
    recorded: PrometheusHandle,
    /// Writes what the recorder does not hold.
    written: fn(&mut String),
}

impl Metrics {
    /// With what `written` appends to the text: the series of things that come and go, which the recorder would keep for
    /// as long as the process lives.
    pub fn and(self, written: fn(&mut String)) -> Self {
        Self { written, ..self }
    }

    /// All metrics as Prometheus text.
    pub fn render(&self) -> String {
        let mut text = self.recorded.render();
        (self.written)(&mut text);
        text
    }
}

/// Why metrics cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A bucket list is empty: a fault in this file.
    #[error("the metrics recorder cannot be built: {0}")]
    Build(#[from] metrics_exporter_prometheus::BuildError),
    /// The thread that folds samples cannot be started.
    #[error("the metrics upkeep thread cannot be started: {0}")]
    Upkeep(#[from] std::io::Error),
}

static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);

/// Makes the `metrics` macros of this process record; later calls return the recorder of the first.
///
/// # Errors
/// When another recorder was installed by other means, or the upkeep thread cannot start.
pub fn install() -> Result<Metrics, InstallError> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(metrics) = installed.as_ref() {
        return Ok(metrics.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets(&COUNTS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_age_seconds".to_owned()), &AGES)?
        .install_recorder()?;
    // A thread and not a task: the recorder outlives any one runtime, in tests above all.
    let upkeep = handle.clone();
    std::thread::Builder::new().name("metrics-upkeep".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(UPKEEP);
            upkeep.run_upkeep();
        }
    })?;
    let metrics = Metrics { recorded: handle, written: |_| {} };
    *installed = Some(metrics.clone());
    Ok(metrics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installing_twice_renders_one_set_of_metrics_in_buckets() {
        let first = install().unwrap();
        let second = install().unwrap();
        metrics::counter!("pawnshop_test_total").increment(2);
        metrics::histogram!("pawnshop_test_seconds").record(0.003);
        metrics::histogram!("pawnshop_test_age_seconds").record(45.0);
        for text in [first.render(), second.render()] {
            assert!(text.contains("pawnshop_test_total 2"), "{text}");
            assert!(text.contains("pawnshop_test_seconds_bucket{le=\"0.005\"} 1"), "{text}");
            assert!(text.contains("pawnshop_test_seconds_bucket{le=\"0.0025\"} 0"), "{text}");
            assert!(text.contains("pawnshop_test_age_seconds_bucket{le=\"60\"} 1"), "{text}");
        }
    }
}
