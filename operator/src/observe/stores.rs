use super::Workers;
use crate::children::ShopKey;
use kube::Client;
use rand::RngExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// How often the workers of a shop are asked.
const INTERVAL: Duration = Duration::from_secs(15);

/// Shops whose workers are asked at once, at most: those that do not answer take seconds each.
const MOST_AT_ONCE: usize = 64;

/// The stores of shops, each asked for by a task: workers that do not answer hold up no reconciliation.
pub struct Stores {
    asker: Arc<Asker>,
    shops: Mutex<HashMap<ShopKey, Asking>>,
}

struct Asker {
    client: Client,
    workers: Arc<Workers>,
    /// Shops for which something changed.
    changed: mpsc::Sender<ShopKey>,
    places: Semaphore,
}

struct Asking {
    answers: watch::Receiver<Option<bool>>,
    _task: AbortOnDropHandle<()>,
}

impl Stores {
    /// None yet. A shop of which something else is said than before is sent to `changed`.
    pub fn new(client: Client, workers: Arc<Workers>, changed: mpsc::Sender<ShopKey>) -> Self {
        let asker = Asker { client, workers, changed, places: Semaphore::new(MOST_AT_ONCE) };
        Self { asker: Arc::new(asker), shops: Mutex::default() }
    }

    /// Whether a shop's store answers the workers behind this Service, by what one of them said last; `None`: none said.
    /// From now on they are asked; until the first answer it is as `before`.
    pub fn answers(&self, shop: &ShopKey, service: &str, port: u16, before: Option<bool>) -> Option<bool> {
        let mut shops = self.shops.lock().unwrap_or_else(PoisonError::into_inner);
        let asking = shops.entry(shop.clone()).or_insert_with(|| {
            let (said, answers) = watch::channel(before);
            let asking = Arc::clone(&self.asker).ask(shop.clone(), service.to_owned(), port, said);
            Asking { answers, _task: AbortOnDropHandle::new(tokio::spawn(asking)) }
        });
        *asking.answers.borrow()
    }

    /// Asks for the store of this shop no more.
    pub fn forget(&self, shop: &ShopKey) {
        self.shops.lock().unwrap_or_else(PoisonError::into_inner).remove(shop);
    }
}

impl Asker {
    async fn ask(
        self: Arc<Self>,
        shop: ShopKey,
        service: String,
        port: u16,
        said: watch::Sender<Option<bool>>,
    ) {
        loop {
            let answers = {
                // Nobody closes it.
                let _place = self.places.acquire().await;
                self.workers.store_answers(&self.client, &shop.0, &service, port).await
            };
            if said.send_replace(answers) != answers && self.changed.send(shop.clone()).await.is_err() {
                return;
            }
            let pause = INTERVAL.mul_f64(rand::rng().random_range(0.8..1.2));
            sleep(pause).await;
        }
    }
}
