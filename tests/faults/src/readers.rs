//! Reads while workers fail: a failed worker costs a retry elsewhere, not an error (G6).

use crate::ledger::Ledger;
use crate::shop::Shop;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Readers at once.
const READERS: usize = 4;
/// Between two reads of a reader.
const PAUSE: Duration = Duration::from_millis(25);

/// Readers at work, until dropped.
pub struct Readers {
    counts: Arc<Mutex<Counts>>,
    tasks: JoinSet<()>,
    _stop: DropGuard,
}

/// What reads came to.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Answered as they should be.
    pub good: u64,
    /// Not, by what came instead.
    pub bad: BTreeMap<String, u64>,
}

impl Counts {
    /// Reads that were not answered.
    pub fn errors(&self) -> u64 {
        self.bad.values().sum()
    }
}

impl Readers {
    /// Starts reading the outcomes of acknowledged events, and one item with its histories.
    pub fn start(shop: &Shop, ledger: &Arc<Ledger>) -> Self {
        let (stop, counts, mut tasks) = (CancellationToken::new(), Arc::default(), JoinSet::new());
        for _ in 0..READERS {
            tasks.spawn(read(shop.clone(), Arc::clone(ledger), Arc::clone(&counts), stop.clone()));
        }
        Self { counts, tasks, _stop: stop.drop_guard() }
    }

    /// What came of the reads since this was last asked.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends them.
    pub async fn finish(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn read(shop: Shop, ledger: Arc<Ledger>, counts: Arc<Mutex<Counts>>, stop: CancellationToken) {
    let note = |fault: Option<String>| {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            None => counts.good += 1,
            Some(fault) => *counts.bad.entry(fault).or_default() += 1,
        }
    };
    while !stop.is_cancelled() {
        // Not a list, whose grouped query the servers of these tests answer by reading whole collections.
        let item = shop.url(&format!("/item/fetch/{}", shop.item_id(0, 0)));
        note(get(&shop, &item).await.err());
        for (kind, event) in ledger.recent().into_iter().take(4) {
            let path = shop.url(&format!("/event/{event}?flow={}", kind.flow()));
            note(get(&shop, &path).await.err());
            sleep(PAUSE).await;
        }
        sleep(PAUSE).await;
    }
}

/// 404 is an honest answer to what has not been applied yet.
async fn get(shop: &Shop, url: &str) -> Result<(), String> {
    match shop.http().get(url).send().await {
        Ok(answer) if answer.status().is_success() || answer.status().as_u16() == 404 => Ok(()),
        Ok(answer) => Err(format!("HTTP {}", answer.status())),
        Err(error) if error.is_timeout() => Err("no answer".to_owned()),
        Err(_) => Err("connection lost".to_owned()),
    }
}
