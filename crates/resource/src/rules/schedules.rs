//! When bounds are others: crontab expressions and time zones. CEL sees their form; what has it and names no time,
//! such as a 13th month, is told by whoever reads the file, and by the operator.

use super::names::{is_made_of, text};
use super::{Rule, Twin};
use crate::schedule::Cron;

/// On a schedule.
pub(crate) const SCHEDULE: [Rule; 1] = [Rule {
    cel: "has(self.min) || has(self.max)",
    message: "give min or max, or both: a schedule without either changes nothing",
    twin: Twin::Tells(|schedule, report| {
        if schedule.get("min").is_none() && schedule.get("max").is_none() {
            report.add("", SCHEDULE[0].message);
        }
        let zone = text(&schedule["timeZone"]).unwrap_or("UTC");
        if !is_zone(zone) {
            return;
        }
        for moment in ["start", "end"] {
            if let Some(cron) = text(&schedule[moment]).filter(|cron| is_cron(cron))
                && let Err(why) = Cron::parse(cron, zone)
            {
                report.add(&format!(".{moment}"), why);
            }
        }
    }),
}];

/// On a crontab expression.
pub(crate) const CRON: [Rule; 1] = [Rule {
    cel: "self.matches('^[-*/,#0-9A-Za-z]+( [-*/,#0-9A-Za-z]+){4}$')",
    message: "a schedule's start and end are five fields with one space between them, as in crontab(5): minute, hour, \
              day of month, month, day of week",
    twin: Twin::Holds(|cron| text(cron).is_none_or(is_cron)),
}];

/// On a time zone.
pub(crate) const TIME_ZONE: [Rule; 1] = [Rule {
    cel: "self.matches('^[A-Za-z][-+_/A-Za-z0-9]*$')",
    message: "a time zone is named such as Europe/Berlin or UTC",
    twin: Twin::Holds(|zone| text(zone).is_none_or(is_zone)),
}];

fn is_zone(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && is_made_of(text, b"-+_/")
}

fn is_cron(text: &str) -> bool {
    let fields: Vec<_> = text.split(' ').collect();
    fields.len() == 5 && fields.into_iter().all(|field| is_made_of(field, b"-*/,#"))
}
