use crate::promote::Promote;
use crate::storage::Storage;
use crate::work::Work;
use pawnshop_domain::Instant;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;

/// The wall clock may be set, or the queue closed, while an event waits: look again at least so often.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The pause after the file could not be written.
const BACK_OFF: Duration = Duration::from_secs(1);

/// When the first delayed event is due, in microseconds since the Unix epoch.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    next: Mutex<Option<i64>>,
    changed: Notify,
}

impl Delays {
    /// An event was delayed until `due`.
    pub(crate) fn add(&self, due: i64) {
        let mut next = self.next();
        if next.is_none_or(|next| due < next) {
            *next = Some(due);
            self.changed.notify_one();
        }
    }

    /// The file was read: this is the first time, or there is none.
    pub(crate) fn replace(&self, due: Option<i64>) {
        *self.next() = due;
        self.changed.notify_one();
    }

    /// Waits until an event is due, or a while: whether one is.
    async fn due(&self) -> bool {
        let next = *self.next();
        let left = next.map_or(i64::MAX, |due| due.saturating_sub(Instant::now().as_micros()));
        let Some(left) = u64::try_from(left).ok().filter(|&left| left > 0) else { return true };
        let pause = Duration::from_micros(left).min(LOOK_AGAIN);
        let _ = tokio::time::timeout(pause, self.changed.notified()).await;
        false
    }

    fn next(&self) -> MutexGuard<'_, Option<i64>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves delayed events when they are due, for as long as the storage lives.
pub(crate) async fn run(storage: Weak<Storage>, delays: Arc<Delays>) {
    while storage.strong_count() > 0 {
        if !delays.due().await {
            continue;
        }
        let Some(storage) = storage.upgrade() else { return };
        let promote = Promote { flows: storage.flows.clone(), delays: Arc::clone(&delays) };
        let result = storage.writer.submit(Work::Promote(promote)).await;
        drop(storage);
        if let Err(error) = result {
            tracing::warn!(%error, "delayed events cannot be moved to their queues yet");
            tokio::time::sleep(BACK_OFF).await;
        }
    }
}
