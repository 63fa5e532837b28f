//! What is known of each pool's work, for whoever asks: answered from memory, never by asking a broker (decision K1).

use crate::children::ShopKey;
use k8s_openapi::jiff::Timestamp;
use pawnshop_scaling::Backlog;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;

/// How old what was measured may be; older than that nothing is known (decision K1).
pub const FRESH: Duration = Duration::from_secs(30);

/// The most events that autoscalers are told: they count thousandths in 64 bits with a sign, KEDA by way of a floating-point
/// number that holds whole numbers up to 2^53, and what is more than that turns negative.
pub const MOST: u64 = 9_000_000_000_000_000;

/// A pool, by its shop's namespace, its shop and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolKey {
    /// Of the shop.
    pub namespace: String,
    /// The shop.
    pub shop: String,
    /// The pool.
    pub pool: String,
}

/// What was measured of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The events that it is scaled by: its backlog, or as much as keeps its busy workers, whichever is more.
    pub value: Backlog,
    /// When, as the world tells time.
    pub at: Timestamp,
    /// When, as this process does.
    pub seen: Instant,
    /// The events that one worker is given before another is added.
    pub backlog_per_worker: NonZeroU32,
    /// Whether it is awake and has reason to stay so even where nothing waits: events in the shop's delay tiers.
    pub stays_awake: bool,
}

impl Measured {
    /// The value as of now: what is old is unknown (decision K3), and an old value is never given a new time.
    pub fn current(&self) -> Backlog {
        fresh(self.value.clone(), self.seen)
    }
}

/// What was measured at that time, as of now.
pub(super) fn fresh(measured: Backlog, seen: Instant) -> Backlog {
    match measured {
        Backlog::Known(_) if seen.elapsed() > FRESH => {
            Backlog::Unknown(format!("nothing was measured for {} s", seen.elapsed().as_secs()))
        }
        measured => measured,
    }
}

/// What was measured last of every pool.
#[derive(Default)]
pub struct Board(RwLock<BTreeMap<PoolKey, Measured>>);

impl Board {
    /// Takes note of what was measured.
    pub fn put(&self, pool: PoolKey, measured: Measured) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(pool, measured);
    }

    /// The pool is gone, or not scaled any more.
    pub fn forget(&self, pool: &PoolKey) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(pool);
    }

    /// The shop is gone, and all of its pools.
    pub fn forget_shop(&self, (namespace, shop): &ShopKey) {
        let mut pools = self.0.write().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool, _| (&pool.namespace, &pool.shop) != (namespace, shop));
    }

    /// What is known of a pool; `None`: it is not known here, which is no zero either.
    pub fn get(&self, pool: &PoolKey) -> Option<Measured> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(pool).cloned()
    }

    /// The pools of a namespace, of one shop of it if one is named.
    pub fn list(&self, namespace: &str, shop: Option<&str>) -> Vec<(PoolKey, Measured)> {
        let first = PoolKey {
            namespace: namespace.to_owned(),
            shop: shop.unwrap_or_default().to_owned(),
            pool: String::new(),
        };
        let pools = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let pools = pools.range((Bound::Included(first), Bound::Unbounded));
        let pools = pools
            .take_while(|(pool, _)| pool.namespace == namespace && shop.is_none_or(|shop| pool.shop == shop));
        pools.map(|(pool, measured)| (pool.clone(), measured.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(namespace: &str, shop: &str, pool: &str) -> PoolKey {
        PoolKey { namespace: namespace.to_owned(), shop: shop.to_owned(), pool: pool.to_owned() }
    }

    fn measured(events: u64) -> Measured {
        Measured {
            value: Backlog::Known(events),
            at: Timestamp::UNIX_EPOCH,
            seen: Instant::now(),
            backlog_per_worker: NonZeroU32::MIN,
            stays_awake: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_old_is_unknown_and_never_zero() {
        let board = Board::default();
        board.put(key("a", "b", "c"), measured(7));
        tokio::time::advance(FRESH).await;
        assert_eq!(board.get(&key("a", "b", "c")).unwrap().current(), Backlog::Known(7));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(matches!(board.get(&key("a", "b", "c")).unwrap().current(), Backlog::Unknown(_)));
        assert_eq!(board.get(&key("a", "b", "d")), None);
    }

    #[tokio::test]
    async fn pools_are_listed_by_namespace_and_by_shop() {
        let board = Board::default();
        for pool in [key("a", "b", "c"), key("a", "b", "d"), key("a", "bb", "c"), key("aa", "b", "c")] {
            board.put(pool, measured(1));
        }
        let listed = |namespace, shop| {
            board.list(namespace, shop).into_iter().map(|(pool, _)| pool).collect::<Vec<_>>()
        };
        assert_eq!(listed("a", Some("b")), [key("a", "b", "c"), key("a", "b", "d")]);
        assert_eq!(listed("a", None).len(), 3);
        board.forget(&key("a", "b", "c"));
        assert_eq!(listed("a", Some("b")), [key("a", "b", "d")]);
        assert!(listed("none", None).is_empty());
        board.forget_shop(&("a".to_owned(), "b".to_owned()));
        assert_eq!(listed("a", None), [key("a", "bb", "c")]);
        assert_eq!(listed("aa", None).len(), 1);
    }
}
