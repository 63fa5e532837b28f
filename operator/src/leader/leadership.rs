use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::Instant;

/// Whether this process may write to Kubernetes now; clones tell the same.
#[derive(Clone, Debug)]
pub struct Leadership(watch::Receiver<Option<Instant>>);

/// A write was held back: this process is not the leader, or may be no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not leading: nothing is written")]
pub struct NotLeading;

/// The other end of [`Leadership`], held by the campaign.
#[derive(Clone, Debug)]
pub struct Keeper(Arc<watch::Sender<Option<Instant>>>);

impl Leadership {
    /// One that is not held yet, and what holds it.
    pub fn new() -> (Keeper, Self) {
        let (keeper, leadership) = watch::channel(None);
        (Keeper(Arc::new(keeper)), Self(leadership))
    }

    /// The moment up to which this process may begin writes.
    ///
    /// # Errors
    /// When that moment has passed, or there is none.
    pub fn until(&self) -> Result<Instant, NotLeading> {
        let until = *self.0.borrow();
        until.filter(|until| Instant::now() < *until).ok_or(NotLeading)
    }

    /// Whether this process leads.
    pub fn is_held(&self) -> bool {
        self.until().is_ok()
    }

    /// Waits until it is held; for ever, if it never is.
    pub async fn held(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Keeper {
    pub(super) fn until(&self) -> Option<Instant> {
        *self.0.borrow()
    }

    pub(crate) fn hold_until(&self, until: Instant) {
        self.0.send_replace(Some(until));
    }

    pub(super) fn lose(&self) {
        self.0.send_replace(None);
    }
}
