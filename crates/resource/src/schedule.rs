//! Bounds that are others at other times. Pure: the time is passed in.

use crate::Schedule;
use cronexpr::{Crontab, MakeTimestamp};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far back the last of many moments is looked for, in days: no further than it takes. What has not come within a
/// year has not come.
const LOOKBACKS: [i64; 4] = [1, 8, 32, 367];

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

    /// The last moment up to this one, which counts too.
    fn last(&self, now: Timestamp) -> Option<Timestamp> {
        let next = |after| self.next(after).filter(|next| *next <= now);
        let ago = |days| now.checked_sub(SignedDuration::from_hours(24 * days)).ok();
        let mut last = LOOKBACKS.into_iter().find_map(|days| next(ago(days)?))?;
        // There may be one in every minute since: what is left of that time is halved again and again.
        let mut none_after = now;
        while let Some(later) = next(last) {
            let middle = later + none_after.duration_since(later) / 2;
            match next(middle) {
                Some(later_still) => last = later_still,
                None => (last, none_after) = (later, middle),
            }
        }
        Some(last)
    }
}

/// The schedules of a pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedules(Vec<Window>);

#[derive(Clone, Debug, PartialEq)]
struct Window {
    /// As it was written, in one line.
    text: String,
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
                let text = format!("{} to {} {}", schedule.start, schedule.end, schedule.time_zone);
                windows.push(Window { text, start, end, min: schedule.min, max: schedule.max });
            }
        }
        if faults.is_empty() { Ok(Self(windows)) } else { Err(faults) }
    }

    /// What holds at this time, where `otherwise` holds without schedules.
    pub fn bounds(&self, otherwise: Bounds, now: Timestamp) -> Bounds {
        let Some(window) = self.window(now) else { return otherwise };
        let max = window.max.unwrap_or_else(|| otherwise.max.max(window.min.unwrap_or_default()));
        Bounds { min: window.min.unwrap_or(otherwise.min).min(max), max }
    }

    /// The schedule that is in force at this time, as it was written.
    pub fn in_force(&self, now: Timestamp) -> Option<&str> {
        self.window(now).map(|window| window.text.as_str())
    }

    fn window(&self, now: Timestamp) -> Option<&Window> {
        self.0.iter().rfind(|window| window.is_in_force(now))
    }

    /// When what holds may become otherwise.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().flat_map(|window| [window.start.next(now), window.end.next(now)]).flatten().min()
    }
}

impl Window {
    /// Whether it has begun, and not ended since.
    fn is_in_force(&self, now: Timestamp) -> bool {
        self.start.last(now) > self.end.last(now)
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
        let text = "0 8 * * 1-5 to 0 18 * * 1-5 Europe/Berlin";
        assert_eq!(office.in_force(at("2026-11-25T07:00:00Z")), Some(text));
        assert_eq!(office.in_force(at("2026-11-25T17:00:00Z")), None);
    }

    #[test]
    fn a_start_counts_until_the_next_end_however_often_each_comes() {
        for (start, end, now, is_in_force) in [
            ("0 8 24 12 *", "0 18 * * *", "2026-11-25T12:00:00Z", false),
            ("0 8 24 12 *", "0 18 * * *", "2026-12-24T16:59:00Z", true),
            ("0 8 24 12 *", "0 18 * * *", "2026-12-24T17:00:00Z", false),
            // A Wednesday, and the Monday before.
            ("0 8 * * 1", "0 18 * * *", "2026-11-25T12:00:00Z", false),
            ("0 8 * * 1", "0 18 * * *", "2026-11-23T12:00:00Z", true),
            ("0 8 * * *", "0 8 * * *", "2026-11-25T12:00:00Z", false),
            // Clocks are put on from 02:00 to 03:00 on the 29th, so that one day has no start.
            ("30 2 * * *", "0 4 * * *", "2026-03-28T12:00:00Z", false),
            ("30 2 * * *", "0 4 * * *", "2026-03-29T01:30:00Z", false),
            ("30 2 * * *", "0 4 * * *", "2026-03-30T01:00:00Z", true),
        ] {
            let schedules = Schedules::new(&[schedule(start, end, "Europe/Berlin", Some(3), None)]).unwrap();
            let min = if is_in_force { 3 } else { 1 };
            assert_eq!(schedules.bounds(OTHERWISE, at(now)).min, min, "{start} to {end} at {now}");
        }
    }

    #[test]
    fn the_last_of_many_moments_is_found() {
        let last = |fields| Cron::parse(fields, "UTC").unwrap().last(at("2026-11-25T12:00:30Z"));
        for (fields, moment) in [
            ("* * * * *", "2026-11-25T12:00:00Z"),
            ("0 8 * * *", "2026-11-25T08:00:00Z"),
            ("*/7 3 * * *", "2026-11-25T03:56:00Z"),
            ("* * * * 5", "2026-11-20T23:59:00Z"),
            ("15,45 6 31 * *", "2026-10-31T06:45:00Z"),
            ("* * * 1 *", "2026-01-31T23:59:00Z"),
            ("0 0 26 11 *", "2025-11-26T00:00:00Z"),
        ] {
            assert_eq!(last(fields), Some(at(moment)), "{fields}");
        }
        assert_eq!(last("0 0 30 2 *"), None);
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
        // One that starts again and again before it ends, and one that never starts.
        assert_eq!(bounds(&[always(Some(5), None), never]), Bounds { min: 5, max: 10 });
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
