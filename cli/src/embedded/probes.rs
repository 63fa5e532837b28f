use pawnshop_messaging::Broker;
use pawnshop_runtime::{Probe, probe};
use pawnshop_store::Store;
use pawnshop_worker::Fleet;
use std::sync::Arc;

/// What `/readyz` lists beside the workers.
pub(super) fn of(broker: &Arc<dyn Broker>, store: &Arc<dyn Store>) -> Vec<Arc<dyn Probe>> {
    let queue = probe("queue", Arc::clone(broker), |broker| broker.ping());
    vec![queue, probe("store", Arc::clone(store), |store| store.ping())]
}

/// What makes `/healthz` fail. Weak, so that a shop that is dropped ends its workers although a connection may still
/// hold its probes.
pub(super) fn liveness(fleet: &Arc<Fleet>) -> Vec<Arc<dyn Probe>> {
    let fleet = Arc::new(Arc::downgrade(fleet));
    vec![probe("handlers", fleet, |fleet| {
        Box::pin(async { fleet.upgrade().map_or(Ok(()), |fleet| fleet.status().no_handler_is_stuck()) })
    })]
}
