//! A scaler for each shop: begun with its first plan, ended when the shop is forgotten.

use super::board::Board;
use super::doorbell::AmqpDoorbells;
use super::plan::Plan;
use super::scaler::{self, Orders, Readings};
use super::told::PoolTold;
use crate::children::{Children, ShopKey};
use crate::leader::Leadership;
use crate::observe::Workers;
use kube::Client;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

/// How often things are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Tempo {
    /// The queues of a pool that sleeps.
    pub asleep: Duration,
    /// Any pool, should its broker tell nothing.
    pub anyway: Duration,
}

/// What all scalers work with.
pub struct World {
    /// Its writes pass the leader's guard.
    pub client: Client,
    /// Whether this process leads; the others only measure.
    pub leadership: Leadership,
    /// How many workers there are.
    pub children: Arc<Children>,
    /// Whom to ask what work they have.
    pub workers: Arc<Workers>,
    /// Where what is measured is put.
    pub board: Arc<Board>,
    /// The way to the queues of sleeping pools.
    pub doorbells: AmqpDoorbells,
    /// Shops for whose status something changed.
    pub changed: mpsc::Sender<ShopKey>,
    /// How often.
    pub tempo: Tempo,
}

/// The scalers of all shops.
pub struct Scalers {
    world: Arc<World>,
    shops: Mutex<HashMap<ShopKey, Running>>,
}

struct Running {
    orders: watch::Sender<Orders>,
    told: Arc<Mutex<Vec<PoolTold>>>,
    task: AbortOnDropHandle<()>,
}

impl Scalers {
    /// None yet.
    pub fn new(world: World) -> Self {
        Self { world: Arc::new(world), shops: Mutex::default() }
    }

    /// From now on this shop is scaled so. `readings`: of its broker, or why there are none.
    pub fn keep(&self, shop: &ShopKey, plan: Plan, readings: Readings) {
        let orders = Orders { plan: Arc::new(plan), readings };
        let mut shops = self.shops.lock().unwrap_or_else(PoisonError::into_inner);
        match shops.get(shop) {
            Some(running) => {
                running.orders.send_replace(orders);
            }
            None => {
                let (orders, ordered) = watch::channel(orders);
                let told = Arc::default();
                let task = scaler::run(shop.clone(), Arc::clone(&self.world), ordered, Arc::clone(&told));
                let task = AbortOnDropHandle::new(tokio::spawn(task));
                shops.insert(shop.clone(), Running { orders, told, task });
            }
        }
    }

    /// What the scaler of this shop tells of its pools; nothing before it has measured.
    pub fn told(&self, shop: &ShopKey) -> Vec<PoolTold> {
        let shops = self.shops.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = shops.get(shop) else { return Vec::new() };
        running.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The shop is gone.
    pub fn forget(&self, shop: &ShopKey) {
        let running = self.shops.lock().unwrap_or_else(PoisonError::into_inner).remove(shop);
        let Some(Running { task, .. }) = running else { return };
        let (world, shop) = (Arc::clone(&self.world), shop.clone());
        task.abort();
        tokio::spawn(async move {
            // A look that is under way still shows what it measures.
            let _ = task.await;
            world.board.forget_shop(&shop);
            crate::metrics::pools_gone(&shop);
        });
    }
}
