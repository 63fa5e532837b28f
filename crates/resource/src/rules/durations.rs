//! Durations as a whole number and one unit: read alike by everybody, and bounded by their length. The longest delay
//! stays below what the broker's time-to-live can hold (2^32 ms).

use super::names::{text, texts};
use super::{Rule, Twin};

/// On the delays of an event that fails.
pub(crate) const RETRY_DELAYS: [Rule; 1] = [Rule {
    cel: "self.all(d, d.matches('^[1-9]([0-9]{0,7}ms|[0-9]{0,5}s|[0-9]{0,3}(m|min)|[0-9]?h)$'))",
    message: DELAY,
    twin: Twin::Tells(|delays, report| {
        for (index, _) in texts(delays).filter(|(_, delay)| !is_delay(delay)) {
            report.add(&format!("[{index}]"), DELAY);
        }
    }),
}];

/// On how long outcomes are kept.
pub(crate) const RETENTION: [Rule; 1] = [Rule {
    cel: "self.matches('^[1-9][0-9]{0,3}(m|min|h|d)$')",
    message: "a retention is a whole number and a unit, such as 90min, 72h or 30d; at most 9999 of min, h or d",
    twin: Twin::Holds(|retention| text(retention).is_none_or(is_retention)),
}];

const DELAY: &str = "a delay is a whole number and a unit, such as 500ms, 10s, 10min or 2h; at most 99999999ms, \
                     999999s, 9999min or 99h";

fn is_delay(text: &str) -> bool {
    is_duration(text, &[("ms", 8), ("s", 6), ("m", 4), ("min", 4), ("h", 2)])
}

fn is_retention(text: &str) -> bool {
    is_duration(text, &[("m", 4), ("min", 4), ("h", 4), ("d", 4)])
}

/// `units`: each with the most digits before it.
fn is_duration(text: &str, units: &[(&str, usize)]) -> bool {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let digits = units.iter().find(|(known, _)| *known == unit).map_or(0, |(_, digits)| *digits);
    (1..=digits).contains(&number.len()) && !number.starts_with('0')
}
