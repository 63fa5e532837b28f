use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The batches that workers have in hand, and since when: a worker that holds one for long is busy, however little
/// is left in the queue (decision K1).
#[derive(Default)]
pub(crate) struct Held(Mutex<Batches>);

#[derive(Default)]
struct Batches {
    next: u64,
    since: BTreeMap<u64, Instant>,
}

/// A batch in hand, until this is dropped.
pub(crate) struct Holding {
    held: Arc<Held>,
    batch: u64,
}

impl Held {
    /// A worker has just taken a batch.
    pub(crate) fn take(self: &Arc<Self>) -> Holding {
        let batch = self.change(|batches| {
            let batch = batches.next;
            batches.next += 1;
            batches.since.insert(batch, Instant::now());
            batch
        });
        Holding { held: Arc::clone(self), batch }
    }

    /// How many batches have been in hand for longer than this.
    pub(crate) fn longer_than(&self, time: Duration) -> usize {
        self.change(|batches| batches.since.values().filter(|since| since.elapsed() > time).count())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Batches) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.held.change(|batches| batches.since.remove(&self.batch));
    }
}
