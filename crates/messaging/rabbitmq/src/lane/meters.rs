use super::confirms::Fate;
use metrics::{Counter, Histogram};
use std::time::Duration;

/// What a lane reports; handles are looked up once.
pub(super) struct Meters {
    confirmed: Counter,
    returned: Counter,
    refused: Counter,
    lost: Counter,
    confirm_seconds: Histogram,
    events: Histogram,
}

impl Meters {
    /// `lane`: a flow's name, or what else the lane is for.
    pub(super) fn new(lane: &str) -> Self {
        let outcome = |outcome: &'static str| metrics::counter!(crate::meters::PUBLISHES, "lane" => lane.to_owned(), "outcome" => outcome);
        Self {
            confirmed: outcome("confirmed"),
            returned: outcome("returned"),
            refused: outcome("refused"),
            lost: outcome("lost"),
            confirm_seconds: metrics::histogram!(crate::meters::CONFIRM_SECONDS, "lane" => lane.to_owned()),
            events: metrics::histogram!(crate::meters::EVENTS_PER_MESSAGE, "lane" => lane.to_owned()),
        }
    }

    /// One message's end.
    pub(super) fn ended(&self, fate: &Fate, events: usize, took: Duration) {
        match fate {
            Fate::Confirmed => {
                self.confirmed.increment(1);
                self.confirm_seconds.record(took);
                self.events.record(events as f64);
            }
            Fate::Returned => self.returned.increment(1),
            Fate::Refused => self.refused.increment(1),
            Fate::Lost(_) => self.lost.increment(1),
        }
    }
}
