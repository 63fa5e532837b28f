use crate::{Backlog, Reason, Rule, Seen};
use std::fmt;
use std::time::Duration;

/// What was decided of a pool, and from what. Displayed, it is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How many workers it was to have until now.
    pub from: u32,
    /// How many from now on.
    pub to: u32,
    /// Why so many.
    pub why: Reason,
    /// How many its backlog and its busy workers ask for, without bounds; `from` where the backlog is unknown.
    pub asked: u32,
    /// How long until time alone changes it, everything else staying as it is.
    pub wait: Option<Duration>,
    /// The rule that was applied.
    pub rule: Rule,
    /// What was seen.
    pub seen: Seen,
}

impl Decision {
    /// Whether there is anything to do.
    pub fn changes(&self) -> bool {
        self.from != self.to
    }

    /// What would change it, in a sentence without a full stop.
    pub fn would_change(&self) -> String {
        let per = u64::from(self.rule.limits.backlog_per_worker.get());
        let min = self.rule.limits.min;
        let soon = self
            .wait
            .map_or_else(|| "later".to_owned(), |wait| format!("in {} s", wait.as_secs_f64().ceil()));
        let more = format!("more than {} events", u64::from(self.to).saturating_mul(per));
        match self.why {
            Reason::Paused => "ending the pause".to_owned(),
            Reason::BacklogUnknown if self.to == 0 => {
                format!("a backlog that can be read, or none {soon}: then it wakes")
            }
            Reason::BacklogUnknown | Reason::WokeBlind => "a backlog that can be read".to_owned(),
            Reason::AtMaximum => format!(
                "a higher maximum, or no more than {} events",
                u64::from(self.to.saturating_sub(1)) * per
            ),
            Reason::SurgeLimited => format!("time ({soon} more may be added), or a larger surge"),
            Reason::Stabilising => {
                format!("time ({soon} fewer are allowed, if no more are asked for until then)")
            }
            Reason::Idling if self.wait.is_some() => {
                format!("an event, or nothing to do until it sleeps {soon}")
            }
            Reason::Idling => {
                "an event, or nothing held by the retry tiers: then its idle window begins".to_owned()
            }
            Reason::Asleep | Reason::FellAsleep => "an event".to_owned(),
            Reason::AtMinimum | Reason::Restored => format!("{more}, or a minimum other than {min}"),
            Reason::BusyWorkers => format!("{more}, or workers that finish what they hold"),
            Reason::AsWanted | Reason::BacklogGrew | Reason::BacklogShrank | Reason::WokeUp => {
                let fewer = u64::from(self.to.saturating_sub(1)) * per;
                format!("{more}, or no more than {fewer} for the stabilisation window")
            }
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, why, asked, rule, seen, .. } = self;
        if from == to {
            write!(f, "{to} {why}: ")?;
        } else {
            write!(f, "{from} -> {to} {why}: ")?;
        }
        match &seen.work.backlog {
            Backlog::Known(events) => write!(f, "backlog {events}")?,
            Backlog::Unknown(reason) => write!(f, "backlog unknown ({reason})")?,
        }
        match &seen.delayed {
            Backlog::Known(0) => {}
            Backlog::Known(events) => write!(f, ", {events} delayed")?,
            Backlog::Unknown(_) => write!(f, ", delayed unknown")?,
        }
        if seen.work.busy > 0 {
            write!(f, ", {} busy", seen.work.busy)?;
        }
        let limits = &rule.limits;
        if matches!(seen.work.backlog, Backlog::Known(_)) {
            write!(f, ", {} per worker: asks for {asked}", limits.backlog_per_worker)?;
        }
        write!(f, " within {}..{}", limits.min, limits.max)?;
        if let Some(schedule) = &rule.schedule {
            write!(f, " (schedule {schedule})")?;
        }
        if let Some(surge) = &rule.surge {
            write!(f, ", at most {} more in {} s", surge.workers, surge.per.as_secs_f64())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
