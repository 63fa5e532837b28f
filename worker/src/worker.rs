//! A worker: receive, handle, then acknowledge, retry or dead-letter (decision D1).

use crate::Deadlines;
use crate::circuit::Circuits;
use crate::consuming::Consuming;
use crate::held::Held;
use crate::pace::Pace;
use crate::tally::Tallies;
use futures::future::join_all;
use pawnshop_flow::outcomes::Outcomes;
use pawnshop_flow::{Flow, Pacing, World};
use pawnshop_messaging::{Broker, RetrySchedule};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What the workers of a fleet share.
pub(crate) struct Surroundings {
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) world: World,
    pub(crate) outcomes: Outcomes,
    pub(crate) schedule: RetrySchedule,
    pub(crate) pace: Arc<Pace>,
    pub(crate) linger: Duration,
    pub(crate) deadlines: Deadlines,
    pub(crate) circuits: Arc<Circuits>,
    pub(crate) stuck: Arc<AtomicUsize>,
    pub(crate) held: Arc<Held>,
    pub(crate) tallies: Tallies,
}

/// One worker. The flows whose events are handled together share a consumer; each flow whose events are handled alone
/// has one of its own, so that nobody waits for those that are slow.
pub(crate) struct Worker(Vec<Consuming>);

impl Worker {
    /// A worker of these flows.
    pub(crate) fn new(shop: &Arc<Surroundings>, flows: &[Flow], world: &World) -> Self {
        let (together, alone): (Vec<_>, Vec<_>) =
            flows.iter().partition(|flow| matches!(flow.pacing, Pacing::Together { .. }));
        let shares = std::iter::once(together).chain(alone.into_iter().map(|flow| vec![flow]));
        let shares = shares.filter(|flows| !flows.is_empty());
        Self(shares.map(|flows| Consuming::new(Arc::clone(shop), &flows, world)).collect())
    }

    /// Works until `stop` is cancelled; then finishes and settles what it holds, and ends (G5).
    pub(crate) async fn run(self, stop: CancellationToken) {
        join_all(self.0.into_iter().map(|consuming| consuming.run(stop.clone()))).await;
    }
}
