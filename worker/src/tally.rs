//! What became of events in this process, for whoever asks over gRPC; the metrics tell a scraper the same.

use crate::metrics::Settled;
use pawnshop_domain::{FlowName, Happened, Recent};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// One flow's events, over all of its workers here.
pub(crate) struct Tally {
    /// By [`Settled`], since the start.
    settled: [AtomicU64; 5],
    /// The ages of events when they took effect, in microseconds.
    ages: Mutex<Recent>,
    started: Instant,
}

/// Every flow's.
#[derive(Clone)]
pub(crate) struct Tallies(Arc<BTreeMap<FlowName, Arc<Tally>>>);

impl Tallies {
    /// Of these flows, nothing counted yet.
    pub(crate) fn of(flows: &[FlowName]) -> Self {
        Self(Arc::new(flows.iter().map(|flow| (flow.clone(), Arc::default())).collect()))
    }

    /// The flow's. One that is none of these has a tally that nobody else sees.
    pub(crate) fn of_flow(&self, flow: &FlowName) -> Arc<Tally> {
        self.0.get(flow).map(Arc::clone).unwrap_or_default()
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self { settled: Default::default(), ages: Mutex::default(), started: Instant::now() }
    }
}

impl Tally {
    /// The broker has taken what became of an event.
    pub(crate) fn settled(&self, outcome: Settled) {
        self.settled[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// An event is in effect that was accepted so many microseconds ago.
    pub(crate) fn in_effect(&self, age: u64) {
        let now = self.started.elapsed();
        self.ages.lock().unwrap_or_else(PoisonError::into_inner).add(now, age);
    }

    /// How many events ended so, since the start.
    pub(crate) fn count(&self, outcome: Settled) -> u64 {
        self.settled[outcome as usize].load(Ordering::Relaxed)
    }

    /// The events that took effect of late, and their ages.
    pub(crate) fn recently_in_effect(&self) -> Happened {
        let now = self.started.elapsed();
        self.ages.lock().unwrap_or_else(PoisonError::into_inner).before(now)
    }
}
