use crate::{FleetError, PoolOptions};
use pawnshop_domain::FlowName;
use pawnshop_flow::Flow;
use std::collections::{BTreeMap, BTreeSet};

/// Each pool's flows, in the pools' order; an error where they do not fit the flows there are.
pub(super) fn assign(pools: &[PoolOptions], flows: &[Flow]) -> Result<Vec<Vec<Flow>>, FleetError> {
    let known: BTreeMap<&FlowName, &Flow> = flows.iter().map(|flow| (&flow.name, flow)).collect();
    let mut names = BTreeSet::new();
    let mut owners: BTreeMap<&FlowName, &str> = BTreeMap::new();
    let mut plan = Vec::with_capacity(pools.len());
    for pool in pools {
        if !names.insert(&pool.name) {
            return Err(FleetError::PoolTwice(pool.name.clone()));
        }
        if pool.flows.is_empty() {
            return Err(FleetError::PoolWithoutFlows(pool.name.clone()));
        }
        let mut own = Vec::with_capacity(pool.flows.len());
        for name in &pool.flows {
            let Some(&flow) = known.get(name) else {
                return Err(FleetError::UnknownFlow {
                    pool: pool.name.clone(),
                    flow: name.clone(),
                    known: listed(known.keys()),
                });
            };
            if let Some(first) = owners.insert(name, &pool.name) {
                return Err(FleetError::FlowTwice {
                    flow: name.clone(),
                    first: first.to_owned(),
                    second: pool.name.clone(),
                });
            }
            own.push(flow.clone());
        }
        let faults = pool.config.faults(&own);
        if !faults.is_empty() {
            return Err(FleetError::Config { pool: pool.name.clone(), faults });
        }
        plan.push(own);
    }
    Ok(plan)
}

fn listed<'a>(names: impl Iterator<Item = &'a &'a FlowName>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
