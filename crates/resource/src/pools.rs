use crate::{Autoscaling, PawnShop, Pool};
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
    /// The most workers; `min` or more.
    pub max: u32,
    /// Events of backlog per worker; 1 or more.
    pub backlog_per_worker: u32,
    /// How long fewer workers must have done before any is removed.
    pub scale_in_stabilization: Duration,
}

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

    /// The shop's pools with their defaults; without any, one named `default` with all `served` flows.
    ///
    /// # Errors
    /// A flow name that [`PawnShop::parse`] would have refused.
    pub fn resolved_pools(&self, served: &[FlowName]) -> Result<Vec<ResolvedPool>, IdError> {
        if self.spec.pools.is_empty() {
            return Ok(vec![resolve("default", served.to_vec(), &Autoscaling::default())]);
        }
        self.spec.pools.iter().map(Pool::resolve).collect()
    }
}

impl Pool {
    fn resolve(&self) -> Result<ResolvedPool, IdError> {
        let flows = self.flows.iter().map(|flow| flow.parse()).collect::<Result<_, _>>()?;
        Ok(resolve(&self.name, flows, &self.autoscaling))
    }
}

fn resolve(name: &str, flows: Vec<FlowName>, autoscaling: &Autoscaling) -> ResolvedPool {
    let window = autoscaling.scale_in_stabilization_seconds.unwrap_or(SCALE_IN_STABILIZATION_SECONDS);
    ResolvedPool {
        name: name.to_owned(),
        flows,
        min: autoscaling.min,
        max: autoscaling.max,
        backlog_per_worker: autoscaling.backlog_per_worker,
        scale_in_stabilization: Duration::from_secs(u64::from(window)),
    }
}
