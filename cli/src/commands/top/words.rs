//! How figures are told: in the words of the console, and the same live and in a snapshot.

use super::document::{Overview, Pool};
use crate::terminal::grouped;
use std::time::Duration;

/// What stands for a figure that nobody can tell; never a zero.
pub(super) const UNKNOWN: &str = "unknown";

/// What the count of dead letters is called.
pub(super) const DEAD_LETTERED: &str = "Dead-lettered";

/// A figure of the whole shop.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// What the value is of.
    pub(super) about: String,
}

/// The figures that are plotted: write rate, event age, backlog.
pub(super) fn figures(overview: &Overview) -> [Figure; 3] {
    let accepted = &overview.accepted;
    let window = format!("mean of the last {} s", overview.window_seconds);
    let writes = Figure {
        name: "Write rate",
        value: format!("{} per second", rate(accepted.per_second)),
        about: format!("{window}, {}; {} since it started", accepted.by, grouped(accepted.total)),
    };
    let (value, about) = match overview.event_age {
        Some(age) => (
            duration(age.mean_seconds),
            format!("from acceptance to effect, {window}; oldest {}", duration(age.max_seconds)),
        ),
        None => {
            ("\u{2013}".to_owned(), format!("nothing took effect in the last {} s", overview.window_seconds))
        }
    };
    let age = Figure { name: "Event age", value, about };
    let (value, about) = match overview.backlog() {
        Some(events) => (grouped(events), "events ready, or being worked on"),
        None => (UNKNOWN.to_owned(), "some pool's backlog cannot be read; see below"),
    };
    [writes, age, Figure { name: "Backlog", value, about: about.to_owned() }]
}

/// The sums that are not plotted: workers, and dead letters.
pub(super) fn totals(overview: &Overview) -> [Figure; 2] {
    let flows = || overview.pools.iter().flat_map(|pool| &pool.flows);
    let workers = overview.pools.iter().fold(0_u64, |sum, pool| sum.saturating_add(pool.workers));
    let told = flows().filter_map(|flow| flow.settled);
    let letters = told.fold(0_u64, |sum, settled| sum.saturating_add(settled.dead_lettered));
    let all_told = overview.is_whole() && flows().all(|flow| flow.settled.is_some());
    let processes = &overview.workers;
    let about = if processes.told == processes.known {
        format!("in {}", count(processes.known, "process", "processes"))
    } else {
        let known = count(processes.known, "process", "processes");
        format!("{} of {known} told", grouped(processes.told))
    };
    let workers = Figure { name: "Workers", value: at_least(workers, overview.is_whole()), about };
    let about = "since each worker started".to_owned();
    [workers, Figure { name: DEAD_LETTERED, value: at_least(letters, all_told), about }]
}

/// A sum of which some part may be missing; nothing but missing parts is not zero.
fn at_least(sum: u64, is_whole: bool) -> String {
    match sum {
        sum if is_whole => grouped(sum),
        0 => UNKNOWN.to_owned(),
        sum => format!("at least {}", grouped(sum)),
    }
}

/// A pool's workers and its state.
pub(super) fn pool_state(pool: &Pool) -> (String, &'static str) {
    if pool.processes == 0 {
        return ("no worker answers".to_owned(), "asleep, or away");
    }
    let workers = count(pool.workers, "worker", "workers");
    let state = if pool.paused { "paused" } else { "running" };
    if pool.processes == 1 {
        return (workers, state);
    }
    (format!("{workers} in {}", count(pool.processes, "process", "processes")), state)
}

/// What keeps the shop, or this account of it, from being whole.
pub(super) fn notices(overview: &Overview) -> Vec<String> {
    let unavailable = overview.unavailable.iter().map(|what| {
        format!(
            "The {what} does not answer the workers: the flows that need it stand still until it does. \
             Nothing that was accepted is lost."
        )
    });
    let mut notices: Vec<String> = unavailable.collect();
    let processes = &overview.workers;
    if processes.known == 0 {
        notices
            .push("No worker is known. Writes are accepted and wait; reads cannot be answered.".to_owned());
    }
    if processes.told < processes.known {
        let known = count(processes.known, "worker process", "worker processes");
        notices.push(format!(
            "{} of {known} told their figures; the pools lack those of the others.",
            grouped(processes.told)
        ));
    }
    if !overview.untold.is_empty() {
        let flows = overview.untold.join(", ");
        notices.push(format!("No worker has told of {flows} yet: its pool sleeps, or cannot be reached."));
    }
    notices
}

/// The time of day of an RFC 3339 instant in UTC.
pub(super) fn clock(at: &str) -> String {
    match at.split_once('T').and_then(|(_, time)| time.get(..8)) {
        Some(time) if at.ends_with('Z') => format!("{time} UTC"),
        _ => at.to_owned(),
    }
}

/// The date and time of an RFC 3339 instant in UTC, to the second.
pub(super) fn moment(at: &str) -> String {
    at.split_once('T').map_or_else(|| at.to_owned(), |(date, _)| format!("{date} {}", clock(at)))
}

/// How old figures are.
pub(super) fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ ..100 => format!("{seconds} s"),
        seconds => duration(seconds as f64),
    }
}

/// A rate that may have a fraction.
pub(super) fn rate(number: f64) -> String {
    if number >= 100.0 || number.fract() == 0.0 {
        return grouped(number.round() as u64);
    }
    format!("{number:.1}")
}

/// Seconds as a short duration: `4 ms`, `1.2 s`, `3 min`, `2 h`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1000.0),
        seconds if seconds < 10.0 => format!("{seconds:.1} s"),
        seconds if seconds < 100.0 => format!("{seconds:.0} s"),
        seconds if seconds < 6000.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.0} h", seconds / 3600.0),
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::top::samples::{asleep, busy};

    #[test]
    fn rates_and_durations_are_short() {
        assert_eq!([0.0, 21.44, 7.0, 1234.5].map(rate), ["0", "21.4", "7", "1,235"]);
        let durations = [0.0214, 1.24, 64.0, 180.0, 7200.0].map(duration);
        assert_eq!(durations, ["21 ms", "1.2 s", "64 s", "3 min", "2 h"]);
    }

    #[test]
    fn instants_are_told_to_the_second() {
        let at = busy().at;
        assert_eq!((clock(&at).as_str(), moment(&at).as_str()), ("09:12:44 UTC", "2026-11-28 09:12:44 UTC"));
        assert_eq!((clock("now"), moment("now")), ("now".to_owned(), "now".to_owned()));
        assert_eq!([0, 99, 240].map(|seconds| age(Duration::from_secs(seconds))), ["0 s", "99 s", "4 min"]);
    }

    #[test]
    fn what_is_not_known_is_no_number() {
        let [_, age, backlog] = figures(&asleep());
        assert_eq!((age.value.as_str(), backlog.value.as_str()), ("\u{2013}", UNKNOWN));
        let [workers, letters] = totals(&asleep());
        assert_eq!((workers.value.as_str(), letters.value.as_str()), ("at least 2", UNKNOWN));
    }

    #[test]
    fn figures_that_are_whole_are_told_plainly() {
        let values = figures(&busy()).map(|figure| figure.value);
        assert_eq!(values, ["21.4 per second", "21 ms", "1,212"]);
        assert_eq!(totals(&busy()).map(|figure| figure.value), ["4", "1"]);
        assert!(notices(&busy()).is_empty());
    }
}
