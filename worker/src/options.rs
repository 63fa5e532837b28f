use crate::Service;
use pawnshop_domain::FlowName;
use pawnshop_flow::{PoolConfig, outcomes};
use pawnshop_messaging::{Broker, RetrySchedule};
use pawnshop_scaling::Limits;
use pawnshop_store::Store;
use std::sync::Arc;
use std::time::Duration;

/// What a fleet runs on, and how. Every duration is configuration (decision D12).
#[derive(Clone)]
pub struct FleetOptions {
    /// Where events come from.
    pub broker: Arc<dyn Broker>,
    /// Where documents go.
    pub store: Arc<dyn Store>,
    /// Which workers there are. A flow is in at most one pool.
    pub pools: Vec<PoolOptions>,
    /// Whose flows and queries the fleet knows.
    pub services: Vec<Service>,
    /// The delay tiers of failed events: the ones that the broker was opened with.
    pub schedule: RetrySchedule,
    /// How long outcome documents are kept.
    pub retention: Duration,
    /// The most events that a worker takes at once.
    pub batch: usize,
    /// How long a worker waits for its batch to fill once it has the first events of it. Zero: it takes what is
    /// there.
    pub linger: Duration,
    /// How long a worker must have held a batch to count as busy (decision K1).
    pub busy_after: Duration,
    /// How often each pool reads its backlog and sizes itself.
    pub sample_every: Duration,
    /// How long things may take.
    pub deadlines: Deadlines,
    /// How a failed dependency is asked whether it is back.
    pub probes: Probes,
}

impl FleetOptions {
    /// A fleet of every service, with the defaults for all else.
    pub fn new(broker: Arc<dyn Broker>, store: Arc<dyn Store>, pools: Vec<PoolOptions>) -> Self {
        Self {
            broker,
            store,
            pools,
            services: crate::services::all(),
            schedule: RetrySchedule::default(),
            retention: outcomes::DEFAULT_RETENTION,
            batch: 500,
            linger: Duration::ZERO,
            busy_after: Duration::from_secs(10),
            sample_every: Duration::from_secs(1),
            deadlines: Deadlines::default(),
            probes: Probes::default(),
        }
    }
}

/// One pool: workers that consume a set of flows.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Its name, unique in the fleet.
    pub name: String,
    /// What its workers consume.
    pub flows: Vec<FlowName>,
    /// How many workers it may have, and for how much backlog.
    pub limits: Limits,
    /// How long fewer workers must have been enough before there are fewer.
    pub stabilisation: Duration,
    /// What its flows are told: the keys that they read.
    pub config: PoolConfig,
    /// Whether it starts without workers, until [`Fleet::set_paused`](crate::Fleet::set_paused) lets it run.
    pub paused: bool,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Declaring collections and queues before the fleet starts without the store or the broker.
    pub start: Duration,
    /// One call of a handler.
    pub handler: Duration,
    /// One call of the store.
    pub store: Duration,
    /// One call of the broker: consume, settle, publish, backlog.
    pub broker: Duration,
    /// Workers finishing what they hold at shutdown.
    pub drain: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(10),
            handler: Duration::from_secs(30),
            store: Duration::from_secs(10),
            broker: Duration::from_secs(10),
            drain: Duration::from_secs(25),
        }
    }
}

/// How a failed dependency is asked whether it is back: a jittered, doubling back-off (decision D2).
#[derive(Clone, Copy, Debug)]
pub struct Probes {
    /// The wait before the first probe.
    pub first: Duration,
    /// The longest wait between two probes.
    pub longest: Duration,
    /// How long a probe may take.
    pub deadline: Duration,
}

impl Default for Probes {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(2),
            deadline: Duration::from_secs(2),
        }
    }
}
