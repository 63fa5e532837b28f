use async_trait::async_trait;
use pawnshop_messaging::Broker;
use pawnshop_runtime::Probe;
use pawnshop_store::Store;
use pawnshop_worker::Fleet;
use std::sync::{Arc, Weak};

/// What `/readyz` lists beside the workers.
pub(super) fn of(broker: &Arc<dyn Broker>, store: &Arc<dyn Store>) -> Vec<Arc<dyn Probe>> {
    vec![Arc::new(QueueProbe(Arc::clone(broker))), Arc::new(StoreProbe(Arc::clone(store)))]
}

/// What makes `/healthz` fail.
pub(super) fn liveness(fleet: &Arc<Fleet>) -> Vec<Arc<dyn Probe>> {
    vec![Arc::new(HandlersProbe(Arc::downgrade(fleet)))]
}

struct QueueProbe(Arc<dyn Broker>);

struct StoreProbe(Arc<dyn Store>);

/// Weak, so that a shop that is dropped ends its workers although a connection may still hold its probes.
struct HandlersProbe(Weak<Fleet>);

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
impl Probe for StoreProbe {
    fn name(&self) -> &str {
        "store"
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
        match self.0.upgrade().map_or(0, |fleet| fleet.status().stuck_handlers) {
            0 => Ok(()),
            stuck => Err(format!("{stuck} of them run on although they were told to end")),
        }
    }
}
