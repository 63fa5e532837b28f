//! Under what a shop's pools are scaled at one moment: pure.

use super::backend::Backend;
use crate::validate::WorkerPool;
use k8s_openapi::jiff::Timestamp;
use pawnshop_resource::{Bounds, PawnShop};
use std::collections::BTreeSet;

/// The annotation that holds a shop's pools as they are: `true`, or the names of pools with commas between them.
pub const PAUSED: &str = "pawnshop.dev/paused-scaling";

/// Under what a shop's pools are scaled.
#[derive(Clone, Debug)]
pub struct Regime {
    /// Who scales; `None`: nobody, for now.
    pub backend: Option<Backend>,
    /// Which pools are held as they are.
    pub paused: Paused,
    /// The time by which schedules are read.
    pub at: Timestamp,
}

/// Which pools are held as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paused {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// These.
    Pools(BTreeSet<String>),
}

impl Paused {
    /// As the shop's annotation says.
    pub fn of(shop: &PawnShop) -> Self {
        let annotation = shop.metadata.annotations.iter().flatten().find(|(name, _)| *name == PAUSED);
        match annotation.map(|(_, value)| value.trim()) {
            None | Some("" | "false") => Self::None,
            Some("true") => Self::All,
            Some(pools) => Self::Pools(pools.split(',').map(|pool| pool.trim().to_owned()).collect()),
        }
    }

    /// Whether this pool is.
    pub fn holds(&self, pool: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Pools(pools) => pools.contains(pool),
        }
    }
}

/// The bounds of a pool at this time, by itself and its schedules.
pub fn bounds(pool: &WorkerPool, at: Timestamp) -> Bounds {
    pool.schedules.bounds(Bounds { min: pool.pool.min, max: pool.pool.max }, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::ResourceExt;

    #[test]
    fn an_annotation_holds_all_pools_or_those_that_it_names() {
        let paused = |value: Option<&str>| {
            let mut shop = PawnShop::built_in();
            if let Some(value) = value {
                shop.annotations_mut().insert(PAUSED.to_owned(), value.to_owned());
            }
            let paused = Paused::of(&shop);
            (paused.holds("items"), paused.holds("actions"))
        };
        assert_eq!(paused(None), (false, false));
        assert_eq!(paused(Some("false")), (false, false));
        assert_eq!(paused(Some("true")), (true, true));
        assert_eq!(paused(Some("items")), (true, false));
        assert_eq!(paused(Some("x, items")), (true, false));
    }
}
