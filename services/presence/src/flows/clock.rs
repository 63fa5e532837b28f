use pawnshop_domain::Instant;
use pawnshop_store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long what is known of the store's clock counts.
const COUNTS_FOR: Duration = Duration::from_secs(30);

/// The store's clock beside this process's own, which may be ahead of it.
pub(super) struct StoreClock {
    store: Arc<dyn Store>,
    known: Mutex<Option<Known>>,
}

struct Known {
    asked: tokio::time::Instant,
    /// How far this process's clock is ahead of the store's; nothing where it is behind.
    ahead: Duration,
}

impl StoreClock {
    pub(super) fn of(store: Arc<dyn Store>) -> Self {
        Self { store, known: Mutex::default() }
    }

    /// A moment of this process's clock that has passed, or the store's clock at that moment where that is earlier: a
    /// clock that is ahead must not make things last longer, or win over what others saw later.
    pub(super) async fn not_after(&self, moment: Instant) -> Result<Instant, StoreError> {
        let mut known = self.known.lock().await;
        if let Some(known) = &*known
            && known.asked.elapsed() < COUNTS_FOR
        {
            return Ok(moment.minus(known.ahead));
        }
        let told = self.store.clock().await?;
        // The answer has been on its way since: this is the most that the difference can be.
        let ahead = Instant::now().as_micros().saturating_sub(told.as_micros());
        let ahead = Duration::from_micros(u64::try_from(ahead).unwrap_or_default());
        *known = Some(Known { asked: tokio::time::Instant::now(), ahead });
        Ok(moment.minus(ahead))
    }
}
