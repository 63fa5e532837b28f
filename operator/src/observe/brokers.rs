use super::management::{Management, Told};
use super::{Access, Observed, Reading, ReadingError};
use crate::children::ShopKey;
use rand::RngExt;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// The shops of a broker, and what it last told of each.
#[derive(Default)]
struct Shared(Mutex<BTreeMap<ShopKey, watch::Sender<Arc<Observed>>>>);

impl Brokers {
    /// None yet. Each is asked every `interval`; a shop that would see something else then is sent to `changed`.
    pub fn new(interval: Duration, changed: mpsc::Sender<ShopKey>) -> Self {
        Self { polls: Mutex::default(), changed, interval }
    }

    /// What the broker of a shop last told of its queues, and will tell; from now on it is asked, and no other for this
    /// shop.
    pub fn observe(&self, shop: &ShopKey, access: &Access) -> watch::Receiver<Arc<Observed>> {
        let key = access.key();
        let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        leave(&mut polls, shop, Some(&key));
        polls.entry(key).or_insert_with(|| self.begin(shop, access.clone())).shared.join(shop)
    }

    /// Asks no broker for this shop any more.
    pub fn forget(&self, shop: &ShopKey) {
        leave(&mut self.polls.lock().unwrap_or_else(PoisonError::into_inner), shop, None);
    }

    fn begin(&self, first: &ShopKey, access: Access) -> Poll {
        let shared = Arc::new(Shared::default());
        shared.join(first);
        let polling = poll(access, Arc::clone(&shared), self.changed.clone(), self.interval);
        Poll { shared, _task: AbortOnDropHandle::new(tokio::spawn(polling)) }
    }
}

impl Shared {
    /// The readings of a shop, which may have just come.
    fn join(&self, shop: &ShopKey) -> watch::Receiver<Arc<Observed>> {
        let mut shops = self.shops();
        let new = || watch::Sender::new(Arc::new(Observed::now(Reading::None)));
        shops.entry(shop.clone()).or_insert_with(new).subscribe()
    }

    /// Takes what was told now; the shops that see something else by it.
    fn take(&self, mut told: Result<Told, ReadingError>) -> Vec<ShopKey> {
        let mut changed = Vec::new();
        for (shop, last) in self.shops().iter() {
            let reading = match &mut told {
                Ok(told) => told.remove(shop).map(Reading::Queues),
                Err(error) => Some(Reading::Failed(error.clone())),
            };
            // One that came while the broker was asked is not known until it is asked again.
            let Some(reading) = reading else { continue };
            let now = Arc::new(Observed::now(reading));
            let before = last.send_replace(Arc::clone(&now));
            if before.reading.outline() != now.reading.outline() {
                changed.push(shop.clone());
            }
        }
        changed
    }

    fn shops(&self) -> MutexGuard<'_, BTreeMap<ShopKey, watch::Sender<Arc<Observed>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the polls that no shop is left for, when `shop` leaves all but the one it `stays` with.
fn leave(polls: &mut HashMap<[u8; 32], Poll>, shop: &ShopKey, stays: Option<&[u8; 32]>) {
    polls.retain(|key, poll| {
        let mut shops = poll.shared.shops();
        stays == Some(key) || shops.remove(shop).is_none() || !shops.is_empty()
    });
}

async fn poll(access: Access, shared: Arc<Shared>, changed: mpsc::Sender<ShopKey>, interval: Duration) {
    let management = Management::new(access);
    loop {
        let shops = shared.shops().keys().cloned().collect();
        let told = match &management {
            Ok(management) => management.read(shops).await,
            Err(error) => Err(error.clone()),
        };
        crate::metrics::polled(told.is_ok());
        for shop in shared.take(told) {
            if changed.send(shop).await.is_err() {
                return;
            }
        }
        let pause = interval.mul_f64(rand::rng().random_range(0.9..1.1));
        sleep(pause).await;
    }
}
