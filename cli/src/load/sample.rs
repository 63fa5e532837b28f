use super::shopping::Kind;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// An event that the dispatcher has acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    pub(super) event_id: String,
    pub(super) item_id: String,
    pub(super) kind: Kind,
}

/// A fair draw from all acknowledged events, of bounded size (reservoir sampling, Vitter's algorithm R).
pub(super) struct Sample {
    size: usize,
    seen: usize,
    events: Vec<Acknowledged>,
    rng: SmallRng,
}

impl Sample {
    pub(super) fn new(size: usize) -> Self {
        Self { size, seen: 0, events: Vec::new(), rng: SmallRng::seed_from_u64(0) }
    }

    /// Offers an event; it is made only when it is drawn.
    pub(super) fn offer(&mut self, event: impl FnOnce() -> Acknowledged) {
        self.seen += 1;
        if self.events.len() < self.size {
            self.events.push(event());
            return;
        }
        let place = self.rng.random_range(0..self.seen);
        if let Some(drawn) = self.events.get_mut(place) {
            *drawn = event();
        }
    }

    pub(super) fn into_events(self) -> Vec<Acknowledged> {
        self.events
    }
}
