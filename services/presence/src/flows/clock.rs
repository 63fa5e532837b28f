use pawnshop_domain::Instant;
use pawnshop_store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long what is known of the store's clock counts.
const COUNTS_FOR: Duration = Duration::from_secs(30);

/// The store's clock, which this process's own may be ahead of.
pub(super) struct StoreClock {
    store: Arc<dyn Store>,
    known: Mutex<Option<Known>>,
}

struct Known {
    at: tokio::time::Instant,
    /// What the store's clock said then, or a moment before: the answer was on its way.
    told: Instant,
}

impl StoreClock {
    pub(super) fn of(store: Arc<dyn Store>) -> Self {
        Self { store, known: Mutex::default() }
    }

    /// A moment of this process's clock that has passed just now, or what the store's says now where that is earlier: a
    /// clock that is ahead must not make things last longer, or win over what others saw later.
    pub(super) async fn not_after(&self, moment: Instant) -> Result<Instant, StoreError> {
        let mut known = self.known.lock().await;
        if let Some(known) = &*known
            && known.at.elapsed() < COUNTS_FOR
        {
            return Ok(moment.min(known.told.plus(known.at.elapsed())));
        }
        let told = self.store.clock().await?;
        *known = Some(Known { at: tokio::time::Instant::now(), told });
        Ok(moment.min(told))
    }
}
