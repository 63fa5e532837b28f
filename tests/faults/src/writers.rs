//! Load: writers that each wait for their answer before they write again, together no faster than a given rate.

use crate::kind::Kind;
use crate::ledger::{Ledger, Mark};
use crate::shop::{Answered, Manner, Shop};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Events that are about the same item.
const EVENTS_PER_ITEM: u32 = 64;

/// The pause before an event that was not taken is sent again.
const AGAIN: Duration = Duration::from_millis(100);

/// How much of the load there is.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Writers, every second of them with idempotency keys.
    pub writers: u32,
    /// Events a second, all together.
    pub per_second: f64,
    /// What it is drawn from.
    pub seed: u64,
}

/// Writers at work; dropped, they end at once.
pub struct Writers {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Writers {
    /// Starts them.
    pub fn start(load: Load, shop: &Shop, ledger: &Arc<Ledger>) -> Self {
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let pace = Arc::new(Pace::new(load.per_second));
        for id in 0..load.writers {
            let dice = SmallRng::seed_from_u64(load.seed ^ (u64::from(id) << 32));
            let writer = Writer {
                id,
                keyed: id % 2 == 0,
                dice,
                shop: shop.clone(),
                ledger: Arc::clone(ledger),
                pace: Arc::clone(&pace),
            };
            tasks.spawn(writer.run(stop.clone()));
        }
        Self { stop, tasks }
    }

    /// Lets every writer end what it is at, keyed events until they are acknowledged; `false` when that took longer
    /// than `limit`.
    pub async fn finish(mut self, limit: Duration) -> bool {
        self.stop.cancel();
        timeout(limit, async { while self.tasks.join_next().await.is_some() {} }).await.is_ok()
    }
}

struct Writer {
    id: u32,
    keyed: bool,
    dice: SmallRng,
    shop: Shop,
    ledger: Arc<Ledger>,
    pace: Arc<Pace>,
}

impl Writer {
    async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.pace.turn().await;
            // Pawns are few, so that their queue is short: recovery is told from them (see `recovery`).
            let kind = match self.dice.random_range(0..100) {
                0..10 => Kind::Item,
                10..55 => Kind::Buy,
                55..98 => Kind::Sell,
                _ => Kind::Pawn,
            };
            let mark = self.ledger.attempt(self.id, kind);
            let item = if kind == Kind::Item {
                mark.number
            } else {
                mark.number / EVENTS_PER_ITEM * EVENTS_PER_ITEM
            };
            self.send(kind, mark, item).await;
            if kind == Kind::Item && self.dice.random_range(0..20) == 0 {
                let rival = self.ledger.attempt_against(mark);
                self.send(kind, rival, item).await;
            }
        }
    }

    /// Sends an event: with a key until it is acknowledged, without one once.
    async fn send(&self, kind: Kind, mark: Mark, item: u32) {
        let manner = Manner { keyed: self.keyed, wait: None, item };
        loop {
            match self.shop.send(kind, mark, manner).await {
                Answered::Accepted(id) | Answered::Applied(id) => return self.ledger.acknowledge(mark, id),
                _ if self.keyed => sleep(AGAIN).await,
                answered => {
                    if answered == Answered::Refused {
                        self.ledger.refuse(mark);
                    }
                    return sleep(AGAIN).await;
                }
            }
        }
    }
}

/// Hands out turns at a rate; turns that nobody took in time are gone.
struct Pace {
    every: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    fn new(per_second: f64) -> Self {
        Self { every: Duration::from_secs_f64(1.0 / per_second.max(0.1)), next: Mutex::new(Instant::now()) }
    }

    async fn turn(&self) {
        let mine = {
            let mut next = self.next.lock().await;
            let mine = (*next).max(Instant::now());
            *next = mine + self.every;
            mine
        };
        sleep_until(mine).await;
    }
}
