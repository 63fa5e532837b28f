use super::management::Management;
use super::{Access, Observed, Reading};
use crate::children::ShopKey;
use rand::RngExt;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// The brokers of all shops, each distinct one polled by a task.
pub struct Brokers {
    polls: Mutex<HashMap<[u8; 32], Poll>>,
    /// Shops for which something changed.
    changed: mpsc::Sender<ShopKey>,
    interval: Duration,
}

struct Poll {
    shared: Arc<Shared>,
    _task: AbortOnDropHandle<()>,
}

struct Shared {
    last: watch::Sender<Arc<Observed>>,
    shops: Mutex<BTreeSet<ShopKey>>,
}

impl Brokers {
    /// None yet. Each is asked every `interval`; a shop that would see something else then is sent to `changed`.
    pub fn new(interval: Duration, changed: mpsc::Sender<ShopKey>) -> Self {
        Self { polls: Mutex::default(), changed, interval }
    }

    /// What the broker of a shop last told, and will tell; from now on it is asked, and no other for this shop.
    pub fn observe(&self, shop: &ShopKey, access: &Access) -> watch::Receiver<Arc<Observed>> {
        let key = access.key();
        let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        leave(&mut polls, shop, Some(&key));
        let poll = polls.entry(key).or_insert_with(|| self.begin(access.clone()));
        poll.shared.shops.lock().unwrap_or_else(PoisonError::into_inner).insert(shop.clone());
        poll.shared.last.subscribe()
    }

    /// Asks no broker for this shop any more.
    pub fn forget(&self, shop: &ShopKey) {
        leave(&mut self.polls.lock().unwrap_or_else(PoisonError::into_inner), shop, None);
    }

    fn begin(&self, access: Access) -> Poll {
        let last = watch::Sender::new(Arc::new(Observed::now(Reading::None)));
        let shared = Arc::new(Shared { last, shops: Mutex::default() });
        let polling = poll(access, Arc::clone(&shared), self.changed.clone(), self.interval);
        Poll { shared, _task: AbortOnDropHandle::new(tokio::spawn(polling)) }
    }
}

impl Shared {
    /// Takes a new reading; the shops that see something else by it.
    fn take(&self, reading: Reading) -> Vec<ShopKey> {
        let now = Arc::new(Observed::now(reading));
        let before = self.last.send_replace(Arc::clone(&now));
        let shops = self.shops.lock().unwrap_or_else(PoisonError::into_inner);
        let sees_another = |shop: &&ShopKey| {
            let prefix = format!("{}.{}.", shop.0, shop.1);
            before.reading.of(&prefix) != now.reading.of(&prefix)
        };
        shops.iter().filter(sees_another).cloned().collect()
    }
}

/// Ends the polls that no shop is left for, when `shop` leaves all but the one it `stays` with.
fn leave(polls: &mut HashMap<[u8; 32], Poll>, shop: &ShopKey, stays: Option<&[u8; 32]>) {
    polls.retain(|key, poll| {
        let mut shops = poll.shared.shops.lock().unwrap_or_else(PoisonError::into_inner);
        stays == Some(key) || !shops.remove(shop) || !shops.is_empty()
    });
}

async fn poll(access: Access, shared: Arc<Shared>, changed: mpsc::Sender<ShopKey>, interval: Duration) {
    let management = Management::new(access);
    loop {
        let reading = match &management {
            Ok(management) => management.read().await,
            Err(error) => Reading::Failed(error.clone()),
        };
        crate::metrics::polled(matches!(reading, Reading::Queues(_)));
        for shop in shared.take(reading) {
            if changed.send(shop).await.is_err() {
                return;
            }
        }
        let pause = interval.mul_f64(rand::rng().random_range(0.9..1.1));
        sleep(pause).await;
    }
}
