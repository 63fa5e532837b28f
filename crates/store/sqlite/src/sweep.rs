use crate::change::{Change, Reply};
use crate::core::Core;
use crate::table::Table;
use pawnshop_store::StoreError;
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Rows that one sweep deletes in one go: other writes wait for no more than that.
const BATCH: u32 = 500;

/// Says what the sweeper's metric means, to the recorder that is installed by now.
pub(crate) fn describe() {
    metrics::describe_counter!(
        "pawnshop_store_expired_total",
        metrics::Unit::Count,
        "Documents that were deleted since their time had passed"
    );
}

/// Deletes what is expired, every so often. It has a thread of its own, so that dropping it can wait for the
/// batch at hand, and a store that was dropped is closed.
#[derive(Debug)]
pub(crate) struct Sweeper {
    /// Dropped to end the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sweeper {
    /// Sweeps after every such time until it is dropped.
    pub(crate) fn start(core: Arc<Core>, every: Duration) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = Builder::new()
            .name("sweep store".to_owned())
            .spawn(move || runtime.block_on(run(&core, every.max(Duration::from_millis(1)), stopped)))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn run(core: &Core, every: Duration, mut stopped: oneshot::Receiver<()>) {
    while !stopped.is_terminated() && timeout(every, &mut stopped).await.is_err() {
        for table in core.tables() {
            match sweep(core, &table, &mut stopped).await {
                Ok(0) => {}
                Ok(count) => {
                    tracing::debug!(collection = table.collection, count, "expired documents deleted");
                    metrics::counter!("pawnshop_store_expired_total", "collection" => table.collection)
                        .increment(count);
                }
                Err(error) => {
                    tracing::warn!(collection = table.collection, %error, "expired documents not deleted");
                }
            }
        }
    }
}

/// Deletes batch after batch while there are full ones, and nobody wants it to stop.
async fn sweep(
    core: &Core,
    table: &Arc<Table>,
    stopped: &mut oneshot::Receiver<()>,
) -> Result<u64, StoreError> {
    let mut total = 0;
    loop {
        let change = Change::Sweep { table: Arc::clone(table), limit: BATCH };
        let Reply::Deleted(count) = core.write(change).await? else { return Ok(total) };
        total += count;
        if count < u64::from(BATCH) || stopped.try_recv() != Err(oneshot::error::TryRecvError::Empty) {
            return Ok(total);
        }
    }
}
