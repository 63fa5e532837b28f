use crate::{Opaque, PawnShop, Pool, Schedule, Surge, Workload};
use pawnshop_domain::{FlowName, IdError, ShopName};
use std::time::Duration;

/// A pool as it is to be run: every default filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPool {
    /// The pool's name, unique in the shop.
    pub name: String,
    /// The flows that its workers consume; at least one.
    pub flows: Vec<FlowName>,
    /// The fewest workers.
    pub min: u32,
    /// The most workers; `min` or more, and `min` for a pool with a fixed number of replicas.
    pub max: u32,
    /// Events of backlog per worker; 1 or more.
    pub backlog_per_worker: u32,
    /// How long fewer workers must have done before any is removed.
    pub scale_in_stabilization: Duration,
    /// How fast workers are added; `None`: as fast as Kubernetes does.
    pub surge: Option<Surge>,
    /// Other bounds at other times, as they are written.
    pub schedules: Vec<Schedule>,
    /// Whether the number of workers follows the backlog; otherwise it is `min`.
    pub autoscaled: bool,
    /// The worker image; `None`: the shop's.
    pub image: Option<String>,
    /// Batches that a worker handles side by side; `None`: the worker's default.
    pub concurrency: Option<u32>,
    /// The most events in a batch; `None`: the worker's default.
    pub batch: Option<u32>,
    /// Messages that a consumer holds; `None`: by the batch.
    pub prefetch: Option<u32>,
    /// For the flows, as it is.
    pub config: Opaque,
    /// The workers' pods.
    pub workload: Workload,
}

/// The name of the one pool of a shop that lists none.
const DEFAULT_POOL: &str = "default";

/// The stabilisation window when none is given: that of a HorizontalPodAutoscaler.
const SCALE_IN_STABILIZATION_SECONDS: u32 = 300;

impl PawnShop {
    /// The shop that runs when nobody describes one: every default, named `shop`.
    pub fn built_in() -> Self {
        Self::new("shop", crate::PawnShopSpec::default())
    }

    /// The shop's full name; its namespace is `default` unless the resource says otherwise.
    ///
    /// # Errors
    /// A name that [`PawnShop::parse`] would have refused.
    pub fn shop_name(&self) -> Result<ShopName, IdError> {
        let namespace = self.metadata.namespace.as_deref().unwrap_or("default");
        ShopName::new(namespace, self.metadata.name.as_deref().unwrap_or_default())
    }

    /// The shop's pools with their defaults; without any, one named `default` with the `served` flows, which need no
    /// config.
    ///
    /// # Errors
    /// A flow name that [`PawnShop::parse`] would have refused.
    pub fn resolved_pools(&self, served: &[FlowName]) -> Result<Vec<ResolvedPool>, IdError> {
        if self.spec.pools.is_empty() {
            return Ok(vec![Pool::named(DEFAULT_POOL).resolve(served.to_vec())]);
        }
        self.spec.pools.iter().map(|pool| Ok(pool.resolve(pool.flow_names()?))).collect()
    }

    /// The delays of an event that fails; `None`: the programs' default.
    pub fn retry_delays(&self) -> Option<Vec<Duration>> {
        match self.spec.retry_delays.as_slice() {
            [] => None,
            delays => delays.iter().map(|delay| humantime::parse_duration(delay).ok()).collect(),
        }
    }

    /// How long outcomes and dead letters are kept; `None`: the programs' default.
    pub fn outcome_retention(&self) -> Option<Duration> {
        humantime::parse_duration(self.spec.outcome_retention.as_deref()?).ok()
    }
}

impl Pool {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            flows: Vec::new(),
            replicas: None,
            autoscaling: None,
            image: None,
            concurrency: None,
            batch: None,
            prefetch: None,
            config: Opaque::new(),
            workload: Workload::default(),
        }
    }

    fn flow_names(&self) -> Result<Vec<FlowName>, IdError> {
        self.flows.iter().map(|flow| flow.parse()).collect()
    }

    fn resolve(&self, flows: Vec<FlowName>) -> ResolvedPool {
        let autoscaling = self.autoscaling.clone().unwrap_or_default();
        let window = autoscaling.scale_in_stabilization_seconds.unwrap_or(SCALE_IN_STABILIZATION_SECONDS);
        let (min, max) = self.replicas.map_or((autoscaling.min, autoscaling.max), |fixed| (fixed, fixed));
        ResolvedPool {
            name: self.name.clone(),
            flows,
            min,
            max,
            backlog_per_worker: autoscaling.backlog_per_worker,
            scale_in_stabilization: Duration::from_secs(u64::from(window)),
            surge: autoscaling.surge,
            schedules: autoscaling.schedules,
            autoscaled: self.replicas.is_none(),
            image: self.image.clone(),
            concurrency: self.concurrency,
            batch: self.batch,
            prefetch: self.prefetch,
            config: self.config.clone(),
            workload: self.workload.clone(),
        }
    }
}
