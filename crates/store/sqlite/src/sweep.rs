use crate::change::{Change, Reply};
use crate::store::Core;
use crate::table::Table;
use pawnshop_store::StoreError;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Rows that one sweep deletes in one go: other writes wait for no more than that.
const BATCH: u32 = 500;

/// Deletes what is expired, every so often, until the store is gone.
pub(crate) async fn run(store: Weak<Core>, every: Duration) {
    let mut ticks = interval(every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(core) = store.upgrade() else { return };
        for table in core.tables() {
            match sweep(&core, &table).await {
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

async fn sweep(core: &Core, table: &Arc<Table>) -> Result<u64, StoreError> {
    let mut total = 0;
    loop {
        match core.write(Change::Sweep { table: Arc::clone(table), limit: BATCH }).await? {
            Reply::Deleted(count) => {
                total += count;
                if count < u64::from(BATCH) {
                    return Ok(total);
                }
            }
            _ => return Ok(total),
        }
    }
}
