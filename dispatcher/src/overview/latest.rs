use super::document::{Accepted, Overview, Workers};
use super::gather::gather;
use super::summary::{Remembered, summary};
use bytes::Bytes;
use pawnshop_domain::RECENT_SECONDS;
use pawnshop_edge::problem::kinds;
use pawnshop_edge::{Edge, Problem};
use pawnshop_rpc::Roster;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// For how long an overview is the latest one.
pub(super) const PERIOD: Duration = Duration::from_secs(1);

/// The streams that may be open at once: a handful of people look at a shop, and each costs a connection.
const MOST_STREAMS: usize = 64;

/// The shop's overviews, shared by whoever asks: the workers are asked at most once in a [`PERIOD`] however many
/// look, and never while nobody does.
#[derive(Clone)]
pub(crate) struct Overviews(Arc<Shared>);

struct Shared {
    edge: Edge,
    roster: Arc<dyn Roster>,
    latest: Mutex<Latest>,
    streams: Arc<Semaphore>,
}

#[derive(Default)]
struct Latest {
    remembered: Remembered,
    taken: Option<Taken>,
}

/// An overview, written, and when it was begun.
#[derive(Clone)]
pub(super) struct Taken {
    pub(super) at: Instant,
    pub(super) json: Bytes,
}

impl Overviews {
    /// Of the shop behind this edge, whose workers are these.
    pub(crate) fn new(edge: Edge, roster: Arc<dyn Roster>) -> Self {
        let streams = Arc::new(Semaphore::new(MOST_STREAMS));
        Self(Arc::new(Shared { edge, roster, latest: Mutex::default(), streams }))
    }

    /// The overview of the last period: the one there is, or a new one. Whoever comes meanwhile waits for the same.
    ///
    /// # Errors
    /// When it cannot be written: a fault of the program.
    pub(super) async fn current(&self) -> Result<Taken, Problem> {
        // Held while the workers are asked, which has a deadline.
        let mut latest = self.0.latest.lock().await;
        let fresh = latest.taken.as_ref().filter(|taken| taken.at.elapsed() < PERIOD);
        if let Some(fresh) = fresh {
            return Ok(fresh.clone());
        }
        let at = Instant::now();
        let overview = self.take(&mut latest.remembered).await;
        let json = serde_json::to_vec(&overview).map_err(|error| {
            tracing::error!(%error, "an overview cannot be written");
            Problem::new(kinds::INTERNAL, "the overview cannot be written")
        })?;
        let taken = Taken { at, json: json.into() };
        latest.taken = Some(taken.clone());
        Ok(taken)
    }

    /// The places of streams.
    pub(super) fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }

    /// Cancelled when the process is about to end.
    pub(super) fn draining(&self) -> &CancellationToken {
        self.0.edge.draining()
    }

    async fn take(&self, remembered: &mut Remembered) -> Overview {
        let edge = &self.0.edge;
        let gathered = gather(self.0.roster.as_ref()).await;
        let workers = Workers { known: gathered.known, told: gathered.told.len() };
        let served = edge.flows().into_iter().map(|flow| flow.to_string());
        let summary = summary(gathered.told, served, remembered);
        let accepted = edge.taken();
        Overview {
            shop: format!("{}/{}", edge.shop().namespace(), edge.shop().name()),
            at: pawnshop_domain::Instant::now().to_string(),
            window_seconds: RECENT_SECONDS,
            accepted: Accepted {
                by: "this dispatcher",
                total: accepted.total,
                per_second: accepted.recent as f64 / RECENT_SECONDS as f64,
            },
            workers,
            unavailable: summary.unavailable,
            event_age: summary.event_age,
            pools: summary.pools,
            untold: summary.untold,
        }
    }
}
