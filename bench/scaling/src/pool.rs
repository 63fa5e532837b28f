//! A pool of workers, with all that it has for itself: a namespace, a queue, a broker's user, and the ways to the
//! broker.

use crate::broker::Broker;
use crate::contestant::Placed;
use crate::watch::{Eyes, Watch};
use crate::world::World;
use anyhow::{Result, bail};
use pawnshop_servers::{Door, Mood};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The shop's name in its namespace.
pub(crate) const SHOP: &str = "shop";
/// The flow whose backlog the pool is scaled by.
pub(crate) const FLOW: &str = "buy-actions";
/// One that has no backlog.
pub(crate) const OTHER_FLOW: &str = "item";
/// The Secret that the broker's user is in.
pub(crate) const SECRET: &str = "rabbit";

const FIRST_PASSWORD: &str = "first";
/// How long a pool may take to become what it is to be, before anything happens to it.
const PATIENCE: Duration = Duration::from_secs(240);
const OFTEN: Duration = Duration::from_millis(100);

/// What a pool is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// What its namespace's name begins with.
    pub(crate) name: &'static str,
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// Messages for one worker.
    pub(crate) per_worker: u32,
}

pub(crate) struct Pool<'a> {
    world: &'a World,
    namespace: String,
    queue: String,
    eyes: Eyes,
    management: Door,
    amqp: Door,
}

impl<'a> Pool<'a> {
    /// A pool in the care of the world's contestant, with an empty queue.
    pub(crate) async fn new(world: &'a World, wanted: Wanted) -> Result<Self> {
        let pool = Self::prepared(world, wanted).await?;
        pool.begin(wanted).await?;
        Ok(pool)
    }

    /// The same before anybody cares for it.
    pub(crate) async fn prepared(world: &'a World, wanted: Wanted) -> Result<Self> {
        let namespace = world.cluster.namespace(wanted.name).await?;
        let broker = &world.broker;
        broker.declare(&namespace, SHOP, &[FLOW, OTHER_FLOW]).await?;
        let queue = format!("{namespace}.{SHOP}.{FLOW}");
        let eyes = Eyes::new(world, &namespace, &queue);
        let (management, amqp) =
            tokio::try_join!(Door::before(broker.management_uri()?), Door::before(broker.uri()))?;
        let pool = Self { world, namespace, queue, eyes, management, amqp };
        pool.set_password(FIRST_PASSWORD).await?;
        pool.set_secret(FIRST_PASSWORD).await?;
        Ok(pool)
    }

    /// Puts it into the contestant's care.
    pub(crate) async fn begin(&self, wanted: Wanted) -> Result<()> {
        let placed = Placed {
            wanted: &wanted,
            namespace: &self.namespace,
            queue: &self.queue,
            scale_in: self.world.scale_in,
        };
        self.world.cluster.apply(&self.world.contestant.objects(&placed)).await
    }

    pub(crate) fn broker(&self) -> &Arc<Broker> {
        &self.world.broker
    }

    pub(crate) fn queue(&self) -> &str {
        &self.queue
    }

    pub(crate) async fn publish(&self, messages: usize) -> Result<()> {
        self.world.broker.publish(&self.queue, messages).await
    }

    /// Declares the queue again.
    pub(crate) async fn declare(&self) -> Result<()> {
        self.world.broker.declare(&self.namespace, SHOP, &[FLOW, OTHER_FLOW]).await
    }

    /// What all the ways to the broker do that the contestant uses.
    pub(crate) fn doors_are(&self, mood: Mood) {
        if self.world.contestant.asks_management() {
            self.management.is(mood);
        }
        if self.world.contestant.speaks_amqp() {
            self.amqp.is(mood);
        }
    }

    /// What the management API does; AMQP goes on as it is.
    pub(crate) fn management_is(&self, mood: Mood) {
        self.management.is(mood);
    }

    /// Gives the user another password on the broker.
    pub(crate) async fn set_password(&self, password: &str) -> Result<()> {
        self.world.broker.set_user(&self.namespace, password).await
    }

    /// Writes a password into the Secret.
    pub(crate) async fn set_secret(&self, password: &str) -> Result<()> {
        let user = &self.namespace;
        let uri = |scheme: &str, door: &Door| format!("{scheme}://{user}:{password}@{}", door.address());
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET, "namespace": self.namespace},
            "stringData": {
                "uri": uri("amqp", &self.amqp),
                "managementUri": uri("http", &self.management),
                "store": "mongodb://mongo.invalid",
            },
        });
        self.world.cluster.apply(&secret).await
    }

    /// Begins to take note of its replicas and its queue.
    pub(crate) fn watch(&self) -> Watch {
        Watch::begin(self.eyes.clone())
    }

    /// Waits until so many replicas are asked for.
    pub(crate) async fn becomes(&self, replicas: i32) -> Result<()> {
        self.until(&format!("{replicas}"), |now| now == replicas).await
    }

    /// The same, or more.
    pub(crate) async fn becomes_at_least(&self, replicas: i32) -> Result<()> {
        self.until(&format!("{replicas} or more"), |now| now >= replicas).await
    }

    async fn until(&self, what: &str, holds: impl Fn(i32) -> bool) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = self.eyes.replicas().await;
            if now.is_some_and(&holds) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("{}: not {what} replicas after {PATIENCE:?}, but {now:?}", self.namespace);
            }
            sleep(OFTEN).await;
        }
    }
}
