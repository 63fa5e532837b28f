//! Which pool of which shop is meant: pure.

use crate::near::near;
use kube::ResourceExt;
use pawnshop_resource::{PawnShop, PoolStatus, ResolvedPool, default_flows};
use std::collections::BTreeSet;

/// A pool of which the operator has told something.
#[derive(Clone, Debug)]
pub(crate) struct Which {
    pub(super) shop: PawnShop,
    pub(super) pool: ResolvedPool,
    pub(super) status: PoolStatus,
}

/// Why it cannot be told which pool is meant, or nothing can be told of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WhichError {
    #[error("the shop {shop} has no pool {pool}{hint}")]
    NoPool { shop: String, pool: String, hint: String },
    #[error("the namespace {0} has no shops: give -n, or --shop")]
    NoShops(String),
    #[error("no shop of the namespace {namespace} has a pool {pool}{hint}")]
    NoShopHasIt { namespace: String, pool: String, hint: String },
    #[error("several shops of the namespace {namespace} have a pool {pool}: give --shop ({})", .shops.join(", "))]
    Several { namespace: String, pool: String, shops: Vec<String> },
    #[error(
        "the operator has told nothing yet of the pool {pool} of the shop {shop}: \
         `kubectl pawnshop status {shop} -n {namespace}` tells whether one looks after it"
    )]
    NotSeen { namespace: String, shop: String, pool: String },
}

/// The pool of this name, of this shop.
pub(crate) fn of_shop(shop: PawnShop, pool: &str) -> Result<Which, WhichError> {
    let mut pools = pools(&shop);
    let Some(index) = pools.iter().position(|known| known.name == pool) else {
        let hint = hint(pool, pools.iter().map(|pool| pool.name.as_str()));
        return Err(WhichError::NoPool { shop: shop.name_any(), pool: pool.to_owned(), hint });
    };
    let told = shop.status.iter().flat_map(|status| &status.pools).find(|told| told.name == pool);
    match told.cloned() {
        Some(status) => Ok(Which { shop, pool: pools.swap_remove(index), status }),
        None => Err(WhichError::NotSeen {
            namespace: shop.namespace().unwrap_or_default(),
            shop: shop.name_any(),
            pool: pool.to_owned(),
        }),
    }
}

/// The pool of this name, of the only one of a namespace's shops that has one.
pub(crate) fn of_namespace(shops: &[PawnShop], namespace: &str, pool: &str) -> Result<Which, WhichError> {
    let names = |shop: &PawnShop| pools(shop).into_iter().map(|pool| pool.name).collect::<Vec<_>>();
    let having: Vec<_> = shops.iter().filter(|shop| names(shop).iter().any(|name| name == pool)).collect();
    match having.as_slice() {
        [shop] => of_shop((*shop).clone(), pool),
        [] if shops.is_empty() => Err(WhichError::NoShops(namespace.to_owned())),
        [] => {
            let known: BTreeSet<_> = shops.iter().flat_map(names).collect();
            let hint = hint(pool, known.iter().map(String::as_str));
            Err(WhichError::NoShopHasIt { namespace: namespace.to_owned(), pool: pool.to_owned(), hint })
        }
        several => Err(WhichError::Several {
            namespace: namespace.to_owned(),
            pool: pool.to_owned(),
            shops: several.iter().map(|shop| shop.name_any()).collect(),
        }),
    }
}

/// The shop's pools; none where their names are no good, which the operator tells.
fn pools(shop: &PawnShop) -> Vec<ResolvedPool> {
    shop.resolved_pools(&default_flows()).unwrap_or_default()
}

fn hint<'a>(pool: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.collect();
    match near(pool, known.iter().copied()) {
        Some(near) => format!("; did you mean {near}? There are: {}", known.join(", ")),
        None => format!("; there are: {}", known.join(", ")),
    }
}
