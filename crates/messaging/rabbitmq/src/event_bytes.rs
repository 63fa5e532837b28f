use pawnshop_domain::FlowName;
use std::sync::{Mutex, PoisonError};

/// Events after which earlier ones count half: about what a busy flow sees in seconds.
const MEMORY: f64 = 20_000.0;

/// The mean bytes of a flow's events within their messages: a moving average, weighted by events (decision K1).
#[derive(Debug)]
pub(crate) struct EventBytes {
    sums: Mutex<Sums>,
    gauge: metrics::Gauge,
}

#[derive(Debug, Default)]
struct Sums {
    events: f64,
    bytes: f64,
    /// What is believed until a message has been seen.
    known_before: Option<f64>,
}

impl EventBytes {
    pub(crate) fn new(flow: &FlowName, known_before: Option<f64>) -> Self {
        let gauge = metrics::gauge!(crate::meters::EVENT_BYTES, "flow" => flow.to_string());
        if let Some(mean) = known_before {
            gauge.set(mean);
        }
        Self { sums: Mutex::new(Sums { known_before, ..Sums::default() }), gauge }
    }

    /// Counts one message that was published or consumed.
    pub(crate) fn record(&self, events: usize, bytes: usize) {
        if events == 0 {
            return;
        }
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.events += events as f64;
        sums.bytes += bytes as f64;
        if sums.events > MEMORY {
            sums.events /= 2.0;
            sums.bytes /= 2.0;
        }
        self.gauge.set(sums.bytes / sums.events);
    }

    /// Bytes per event; `None` when no message has been seen and nothing was known before.
    pub(crate) fn mean(&self) -> Option<f64> {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        if sums.events > 0.0 { Some(sums.bytes / sums.events) } else { sums.known_before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_events_and_prevails_over_what_was_known_before() {
        let bytes = EventBytes::new(&FlowName::fixed("item"), Some(123.0));
        assert_eq!(bytes.mean(), Some(123.0));
        bytes.record(3, 900);
        bytes.record(1, 100);
        assert_eq!(bytes.mean(), Some(250.0));
    }

    #[test]
    fn the_mean_follows_a_change_of_size() {
        let bytes = EventBytes::new(&FlowName::fixed("item"), None);
        assert_eq!(bytes.mean(), None);
        for size in [100, 1_000] {
            for _ in 0..1_000 {
                bytes.record(256, 256 * size);
            }
            let mean = bytes.mean().unwrap();
            assert!((mean - size as f64).abs() < 1.0, "{mean}");
        }
    }
}
