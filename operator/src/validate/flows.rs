//! Which flows the images are known to have. The stock image's are known; another image may have others.

use super::fault;
use pawnshop_domain::FlowName;
use pawnshop_resource::{Fault, PawnShop, ResolvedPool, stock_flows};
use std::fmt;

/// A flow that a pool is to consume and that its image does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFlow {
    /// The pool.
    pub pool: String,
    /// The flow.
    pub flow: FlowName,
}

impl fmt::Display for UnknownFlow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (pool {})", self.flow, self.pool)
    }
}

/// Flows that the stock image does not know, in pools that run it. Workers refuse to start with one; to the shop it is
/// a condition and no fault.
pub fn unknown_flows<'a>(
    shop: &PawnShop,
    pools: impl IntoIterator<Item = &'a ResolvedPool>,
) -> Vec<UnknownFlow> {
    let on_stock = pools.into_iter().filter(|pool| shop.spec.image.is_none() && pool.image.is_none());
    let named = on_stock.flat_map(|pool| {
        pool.flows.iter().map(|flow| UnknownFlow { pool: pool.name.clone(), flow: flow.clone() })
    });
    named.filter(|named| !stock_flows().iter().any(|stock| stock.name == named.flow)).collect()
}

/// The flows that the dispatcher takes writes for: those of all pools that its image knows. A dispatcher refuses to
/// start with one that it does not know, so flows that only a pool's own image can have are left out.
pub(super) fn dispatched(
    pools: &[ResolvedPool],
    image: Option<&str>,
    stock: &[FlowName],
    faults: &mut Vec<Fault>,
) -> Vec<FlowName> {
    let known = |pool: &ResolvedPool, flow: &FlowName| {
        stock.contains(flow) || (image.is_some() && pool.image.is_none())
    };
    let of_pool = |pool: &ResolvedPool| {
        let flows = pool.flows.iter().filter(|flow| known(pool, flow));
        flows.cloned().collect::<Vec<_>>()
    };
    let flows: Vec<FlowName> = pools.iter().flat_map(of_pool).collect();
    if flows.is_empty() && !pools.is_empty() {
        let stock = stock.iter().map(FlowName::as_str).collect::<Vec<_>>().join(", ");
        fault(faults, "spec.pools", format!("one of the dispatcher's flows must be in a pool: {stock}"));
    }
    flows
}
