//! Whether a replica that has just begun has anything to tell (ADR 15).

use crate::children::ShopKey;
use async_trait::async_trait;
use pawnshop_runtime::Probe;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a replica waits for brokers before it is ready without them (decision K2): longer than one that does not
/// answer is waited for.
const LONGEST: Duration = Duration::from_secs(15);

/// The shops that were there at the start and whose brokers have told nothing yet.
#[derive(Clone, Default)]
pub struct FirstLooks(Arc<Mutex<Option<Awaited>>>);

struct Awaited {
    shops: HashSet<ShopKey>,
    since: Instant,
}

impl FirstLooks {
    /// These were there at the start; what is told later of shops changes nothing.
    pub fn expect(&self, shops: impl IntoIterator<Item = ShopKey>) {
        self.awaited()
            .get_or_insert_with(|| Awaited { shops: shops.into_iter().collect(), since: Instant::now() });
    }

    /// This one's broker was looked at, or there is nothing to be told of it.
    pub fn done(&self, shop: &ShopKey) {
        if let Some(awaited) = self.awaited().as_mut() {
            awaited.shops.remove(shop);
        }
    }

    fn awaited(&self) -> std::sync::MutexGuard<'_, Option<Awaited>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For `/readyz`.
#[async_trait]
impl Probe for FirstLooks {
    fn name(&self) -> &str {
        "first looks"
    }

    async fn check(&self) -> Result<(), String> {
        match self.awaited().as_ref() {
            None => Err("the shops are not listed yet".to_owned()),
            Some(awaited) if awaited.shops.is_empty() || awaited.since.elapsed() > LONGEST => Ok(()),
            Some(awaited) => Err(format!("{} shops' brokers have told nothing yet", awaited.shops.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(name: &str) -> ShopKey {
        ("default".to_owned(), name.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn a_replica_waits_for_every_shop_of_its_start_and_for_none_that_came_later() {
        let looks = FirstLooks::default();
        assert_eq!(looks.check().await.unwrap_err(), "the shops are not listed yet");
        looks.expect([shop("a"), shop("b")]);
        looks.done(&shop("a"));
        looks.expect([shop("a"), shop("c")]);
        assert_eq!(looks.check().await.unwrap_err(), "1 shops' brokers have told nothing yet");
        looks.done(&shop("b"));
        looks.check().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_broker_that_never_answers_is_not_waited_for() {
        let looks = FirstLooks::default();
        looks.expect([shop("a")]);
        tokio::time::advance(LONGEST).await;
        looks.check().await.unwrap_err();
        tokio::time::advance(Duration::from_secs(1)).await;
        looks.check().await.unwrap();
    }
}
