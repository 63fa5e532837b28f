use async_trait::async_trait;
use pawnshop_messaging::Broker;
use pawnshop_runtime::Probe;
use std::sync::Arc;

/// Whether the broker answers, for `/readyz`.
pub(crate) struct QueueProbe(pub(crate) Arc<dyn Broker>);

#[async_trait]
impl Probe for QueueProbe {
    fn name(&self) -> &str {
        "queue"
    }

    async fn check(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}
