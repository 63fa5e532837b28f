use pawnshop_domain::Recent;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Counts accepted events, for whoever looks at the shop; the metrics tell a scraper the same by flow.
pub(crate) struct Intake {
    accepted: Mutex<Accepted>,
    started: Instant,
}

#[derive(Default)]
struct Accepted {
    total: u64,
    recent: Recent,
}

/// The events that one edge has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Since it started.
    pub total: u64,
    /// In the last [`RECENT_SECONDS`](pawnshop_domain::RECENT_SECONDS) whole seconds.
    pub recent: u64,
}

impl Default for Intake {
    fn default() -> Self {
        Self { accepted: Mutex::default(), started: Instant::now() }
    }
}

impl Intake {
    /// So many more.
    pub(crate) fn add(&self, events: u64) {
        let now = self.started.elapsed();
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.total += events;
        accepted.recent.add(now, events);
    }

    pub(crate) fn taken(&self) -> Taken {
        let now = self.started.elapsed();
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        Taken { total: accepted.total, recent: accepted.recent.before(now).sum }
    }
}
