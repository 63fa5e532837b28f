//! What is remembered between two reconciliations of a shop.

use crate::apply::Past;
use crate::capabilities::Capabilities;
use crate::children::ShopKey;
use crate::dereference::Dereferenced;
use crate::status::Written;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// What is remembered of each shop between two reconciliations. All of it can be found anew: it saves requests.
#[derive(Default)]
pub struct Memory {
    shops: Mutex<HashMap<ShopKey, Remembered>>,
    failures: Mutex<HashMap<ShopKey, u32>>,
}

/// What is remembered of a shop.
#[derive(Default)]
pub struct Remembered {
    /// Which of all shops that ever had the name.
    pub uid: String,
    /// What was seen and done of its objects.
    pub past: Past,
    /// What its references point at.
    pub references: Option<KnownReferences>,
    /// The status that was written last.
    pub written: Option<Written>,
}

/// What a shop's references pointed at when they were last read.
pub struct KnownReferences {
    /// What the shop looked like then.
    pub looks: u64,
    /// The cluster then.
    pub cluster: Capabilities,
    /// When they are to be read again: Secrets are not watched (decision K10).
    pub until: Instant,
    /// What was found.
    pub found: Dereferenced,
}

impl Memory {
    /// Takes what is remembered of a shop out; whoever takes it puts it back, unless the work on it failed so badly
    /// that it is better to begin anew.
    pub fn take(&self, shop: &ShopKey, uid: &str) -> Remembered {
        let taken = self.shops.lock().unwrap_or_else(PoisonError::into_inner).remove(shop);
        let same = taken.filter(|remembered| remembered.uid == uid);
        same.unwrap_or_else(|| Remembered { uid: uid.to_owned(), ..Remembered::default() })
    }

    /// Puts it back.
    pub fn put(&self, shop: ShopKey, remembered: Remembered) {
        self.shops.lock().unwrap_or_else(PoisonError::into_inner).insert(shop, remembered);
    }

    /// Counts one more failure in a row; how many there are.
    pub fn failed(&self, shop: &ShopKey) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = failures.entry(shop.clone()).or_default();
        *failures = failures.saturating_add(1);
        *failures
    }

    /// The row of failures has ended.
    pub fn succeeded(&self, shop: &ShopKey) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(shop);
    }

    /// The shop is gone.
    pub fn forget(&self, shop: &ShopKey) {
        self.shops.lock().unwrap_or_else(PoisonError::into_inner).remove(shop);
        self.succeeded(shop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_that_was_made_anew_under_the_same_name_begins_with_nothing() {
        let (memory, key) = (Memory::default(), ("default".to_owned(), "shop".to_owned()));
        let mut remembered = memory.take(&key, "first");
        remembered.past.looks.insert(
            (crate::kind::Kind::Service, "a".to_owned()),
            (
                crate::apply::DesiredHash::of(&serde_json::json!({})),
                crate::apply::Fingerprint::of(&Default::default()),
            ),
        );
        memory.put(key.clone(), remembered);
        let again = memory.take(&key, "first");
        assert_eq!(again.past.looks.len(), 1);
        memory.put(key.clone(), again);
        assert!(memory.take(&key, "second").past.looks.is_empty());
    }

    #[test]
    fn failures_count_until_a_success() {
        let (memory, key) = (Memory::default(), ("default".to_owned(), "shop".to_owned()));
        assert_eq!((memory.failed(&key), memory.failed(&key)), (1, 2));
        memory.succeeded(&key);
        assert_eq!(memory.failed(&key), 1);
    }
}
