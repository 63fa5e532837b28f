use async_trait::async_trait;
use pawnshop_messaging::Broker;
use pawnshop_runtime::Probe;
use pawnshop_store::Store;
use std::sync::Arc;

/// What `/readyz` lists beside the workers.
pub(super) fn of(broker: &Arc<dyn Broker>, store: &Arc<dyn Store>) -> Vec<Arc<dyn Probe>> {
    vec![Arc::new(QueueProbe(Arc::clone(broker))), Arc::new(StoreProbe(Arc::clone(store)))]
}

struct QueueProbe(Arc<dyn Broker>);

struct StoreProbe(Arc<dyn Store>);

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
