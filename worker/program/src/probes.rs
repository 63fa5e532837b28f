use async_trait::async_trait;
use pawnshop_messaging::Broker;
use pawnshop_runtime::{DependencyState, DependencyStatus, Probe};
use pawnshop_store::Store;
use pawnshop_worker::Fleet;
use std::sync::Arc;

const STORE: &str = "store";

/// What `/readyz` lists.
pub(crate) fn readiness(
    fleet: &Arc<Fleet>,
    broker: Arc<dyn Broker>,
    store: Arc<dyn Store>,
) -> Vec<Arc<dyn Probe>> {
    vec![Arc::new(StoreProbe { fleet: Arc::clone(fleet), store }), Arc::new(QueueProbe(broker))]
}

/// A worker serves reads for as long as its store answers: a broker outage must give 503 with `Retry-After` on
/// writes, and not an empty Service (decision D7).
pub(crate) fn required(found: &[DependencyStatus]) -> bool {
    found.iter().any(|status| status.name == STORE && status.state == DependencyState::Ok)
}

/// What makes `/healthz` fail.
pub(crate) fn liveness(fleet: &Arc<Fleet>) -> Vec<Arc<dyn Probe>> {
    vec![Arc::new(HandlersProbe(Arc::clone(fleet)))]
}

struct StoreProbe {
    fleet: Arc<Fleet>,
    store: Arc<dyn Store>,
}

struct QueueProbe(Arc<dyn Broker>);

struct HandlersProbe(Arc<Fleet>);

#[async_trait]
impl Probe for StoreProbe {
    fn name(&self) -> &str {
        STORE
    }

    async fn check(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| error.to_string())?;
        match self.fleet.can_read() {
            true => Ok(()),
            false => Err("the store answers, and has not taken the collections yet".to_owned()),
        }
    }
}

#[async_trait]
impl Probe for QueueProbe {
    fn name(&self) -> &str {
        "queue"
    }

    async fn check(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Probe for HandlersProbe {
    fn name(&self) -> &str {
        "handlers"
    }

    async fn check(&self) -> Result<(), String> {
        match self.0.status().stuck_handlers {
            0 => Ok(()),
            stuck => Err(format!("{stuck} of them run on although they were told to end")),
        }
    }
}
