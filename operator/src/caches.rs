//! Whether what everything stands on is known yet.

use async_trait::async_trait;
use pawnshop_runtime::Probe;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::watch;

/// Which of the lists that everything stands on have not come yet.
#[derive(Clone)]
pub struct Caches(Arc<watch::Sender<BTreeSet<&'static str>>>);

impl Caches {
    /// None of these has come.
    pub fn awaiting(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self(Arc::new(watch::Sender::new(names.into_iter().collect())))
    }

    /// This one has come.
    pub fn filled(&self, name: &'static str) {
        self.0.send_if_modified(|missing| missing.remove(name));
    }

    /// Waits until all have come.
    pub async fn all_filled(&self) {
        // It cannot fail: this very value keeps the channel open.
        let _ = self.0.subscribe().wait_for(BTreeSet::is_empty).await;
    }
}

/// Whether all lists have come, for `/readyz`.
#[async_trait]
impl Probe for Caches {
    fn name(&self) -> &str {
        "caches"
    }

    async fn check(&self) -> Result<(), String> {
        let missing: Vec<_> = self.0.borrow().iter().copied().collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("not listed yet: {}", missing.join(", "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_missing_is_named_until_all_has_come() {
        let caches = Caches::awaiting(["Service", "Deployment"]);
        caches.filled("Service");
        assert_eq!(caches.check().await.unwrap_err(), "not listed yet: Deployment");
        let waiting = tokio::spawn({
            let caches = caches.clone();
            async move { caches.all_filled().await }
        });
        caches.filled("Deployment");
        waiting.await.unwrap();
        caches.check().await.unwrap();
    }
}
