use pawnshop_messaging_rabbitmq::RabbitBroker;
use pawnshop_runtime::{DependencyState, DependencyStatus, Probe, probe};
use pawnshop_store::Store;
use pawnshop_worker::Fleet;
use std::sync::Arc;

const STORE: &str = "store";

/// What `/readyz` lists.
pub(crate) fn readiness(
    fleet: &Arc<Fleet>,
    broker: Arc<RabbitBroker>,
    store: Arc<dyn Store>,
) -> Vec<Arc<dyn Probe>> {
    let readable = Arc::new(Readable { fleet: Arc::clone(fleet), store });
    let store = probe(STORE, readable, |readable| Box::pin(readable.check()));
    vec![store, probe("queue", broker, |broker| Box::pin(broker.probe()))]
}

/// A worker serves reads for as long as its store answers: a broker outage must give 503 with `Retry-After` on
/// writes, and not an empty Service (decision D7).
pub(crate) fn required(found: &[DependencyStatus]) -> bool {
    found.iter().any(|status| status.name == STORE && status.state == DependencyState::Ok)
}

/// What makes `/healthz` fail.
pub(crate) fn liveness(fleet: &Arc<Fleet>) -> Vec<Arc<dyn Probe>> {
    vec![probe("handlers", Arc::clone(fleet), |fleet| {
        Box::pin(async { fleet.status().no_handler_is_stuck() })
    })]
}

struct Readable {
    fleet: Arc<Fleet>,
    store: Arc<dyn Store>,
}

impl Readable {
    async fn check(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| error.to_string())?;
        match self.fleet.can_read() {
            true => Ok(()),
            false => Err("the store answers, and has not taken the collections yet".to_owned()),
        }
    }
}
