//! Bounds that are others at other times. Pure: the time is passed in.

use crate::Schedule;
use cronexpr::{Crontab, MakeTimestamp};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// When something happens again and again, by a crontab expression in a time zone.
#[derive(Clone, Debug)]
pub struct Cron {
    /// As it was written.
    text: String,
    crontab: Crontab,
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Cron {
    /// Reads five fields as in crontab(5).
    ///
    /// # Errors
    /// In words, what is wrong with them, or that there is no such time zone.
    pub fn parse(fields: &str, time_zone: &str) -> Result<Self, String> {
        if TimeZone::get(time_zone).is_err() {
            return Err(format!("there is no time zone {time_zone}: name one such as Europe/Berlin"));
        }
        let text = format!("{fields} {time_zone}");
        match cronexpr::parse_crontab(&text) {
            Ok(crontab) => Ok(Self { text, crontab }),
            Err(_) => Err(format!("\"{fields}\" names no time, as crontab(5) has it")),
        }
    }

    /// The first moment after this one; `None`: there is none, such as the 30th of February.
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.crontab.find_next(MakeTimestamp(now)).ok()?.timestamp())
    }
}

/// The schedules of a pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedules(Vec<Window>);

#[derive(Clone, Debug, PartialEq)]
struct Window {
    start: Cron,
    end: Cron,
    min: Option<u32>,
    max: Option<u32>,
}

/// The fewest and the most workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The fewest.
    pub min: u32,
    /// The most; `min` or more.
    pub max: u32,
}

impl Schedules {
    /// Reads a pool's schedules.
    ///
    /// # Errors
    /// Of each that is no good: its place in the list, the field, and why.
    pub fn new(schedules: &[Schedule]) -> Result<Self, Vec<(usize, &'static str, String)>> {
        let (mut windows, mut faults) = (Vec::new(), Vec::new());
        for (index, schedule) in schedules.iter().enumerate() {
            let mut cron = |field, text: &str| match Cron::parse(text, &schedule.time_zone) {
                Ok(cron) => Some(cron),
                Err(why) => {
                    faults.push((index, field, why));
                    None
                }
            };
            if let (Some(start), Some(end)) = (cron("start", &schedule.start), cron("end", &schedule.end)) {
                windows.push(Window { start, end, min: schedule.min, max: schedule.max });
            }
        }
        if faults.is_empty() { Ok(Self(windows)) } else { Err(faults) }
    }

    /// What holds at this time, where `otherwise` holds without schedules.
    pub fn bounds(&self, otherwise: Bounds, now: Timestamp) -> Bounds {
        let in_force = self.0.iter().rfind(|window| window.is_in_force(now));
        let Some(window) = in_force else { return otherwise };
        let max = window.max.unwrap_or_else(|| otherwise.max.max(window.min.unwrap_or_default()));
        Bounds { min: window.min.unwrap_or(otherwise.min).min(max), max }
    }

    /// When what holds may become otherwise.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().flat_map(|window| [window.start.next(now), window.end.next(now)]).flatten().min()
    }
}

impl Window {
    /// Whether it has begun and not ended: its end comes before its next start.
    fn is_in_force(&self, now: Timestamp) -> bool {
        match (self.start.next(now), self.end.next(now)) {
            (Some(start), Some(end)) => end < start,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(start: &str, end: &str, zone: &str, min: Option<u32>, max: Option<u32>) -> Schedule {
        Schedule { start: start.to_owned(), end: end.to_owned(), time_zone: zone.to_owned(), min, max }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const OTHERWISE: Bounds = Bounds { min: 1, max: 10 };

    #[test]
    fn bounds_hold_from_the_start_to_the_end_in_the_time_zone_of_the_schedule() {
        let office =
            Schedules::new(&[schedule("0 8 * * 1-5", "0 18 * * 1-5", "Europe/Berlin", Some(3), None)])
                .unwrap();
        for (now, min) in [
            // A Wednesday in winter: 08:00 in Berlin is 07:00 UTC; in summer 06:00 UTC.
            ("2026-11-25T06:59:59Z", 1),
            ("2026-11-25T07:00:00Z", 3),
            ("2026-11-25T16:59:59Z", 3),
            ("2026-11-25T17:00:00Z", 1),
            ("2026-07-01T06:00:00Z", 3),
            ("2026-07-01T05:59:59Z", 1),
            ("2026-11-28T12:00:00Z", 1),
        ] {
            assert_eq!(office.bounds(OTHERWISE, at(now)), Bounds { min, max: 10 }, "{now}");
        }
        assert_eq!(office.next_change(at("2026-11-25T07:00:00Z")), Some(at("2026-11-25T17:00:00Z")));
        assert_eq!(office.next_change(at("2026-11-27T17:00:00Z")), Some(at("2026-11-30T07:00:00Z")));
    }

    #[test]
    fn the_last_in_force_counts_and_max_wins() {
        let always = |min, max| schedule("* * * * *", "0 0 1 1 *", "UTC", min, max);
        let never = schedule("0 0 30 2 *", "* * * * *", "UTC", Some(9), Some(9));
        let night = |min, max| schedule("0 0 * * *", "59 23 * * *", "UTC", min, max);
        let bounds = |schedules: &[Schedule]| {
            Schedules::new(schedules).unwrap().bounds(OTHERWISE, at("2026-11-25T12:00:00Z"))
        };
        assert_eq!(bounds(&[night(Some(2), None), night(Some(4), Some(3))]), Bounds { min: 3, max: 3 });
        assert_eq!(bounds(&[night(Some(20), None)]), Bounds { min: 20, max: 20 });
        assert_eq!(bounds(&[night(None, Some(4))]), Bounds { min: 1, max: 4 });
        // One that never starts, and one that starts again and again before it ends, so that no start is the last.
        assert_eq!(bounds(&[never, always(Some(5), None)]), OTHERWISE);
        assert_eq!(bounds(&[]), OTHERWISE);
    }

    #[test]
    fn what_names_no_time_is_told_with_its_place() {
        let faults = Schedules::new(&[
            schedule("0 8 * * *", "0 25 * * *", "UTC", Some(1), None),
            schedule("0 8 * 13 *", "0 18 * * *", "Europe/Atlantis", Some(1), None),
        ])
        .unwrap_err();
        let told: Vec<_> =
            faults.iter().map(|(index, field, why)| format!("[{index}].{field}: {why}")).collect();
        assert_eq!(
            told,
            [
                "[0].end: \"0 25 * * *\" names no time, as crontab(5) has it",
                "[1].start: there is no time zone Europe/Atlantis: name one such as Europe/Berlin",
                "[1].end: there is no time zone Europe/Atlantis: name one such as Europe/Berlin",
            ]
        );
    }
}
