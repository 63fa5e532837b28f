use pawnshop_domain::FlowName;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};
use pawnshop_program::broker;
use pawnshop_runtime::settings::Settings;
use pawnshop_store_mongodb::{MongoOptions, MongoStore, StartError};
use pawnshop_worker::Service;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The broker and the store, each connecting in the background.
pub(crate) struct Backends {
    pub(crate) broker: Arc<RabbitBroker>,
    pub(crate) store: Arc<MongoStore>,
}

impl Backends {
    /// Starts both where their options are there; what is wrong with these is noted beside all other faults.
    pub(crate) fn start(
        broker: Option<RabbitOptions>,
        store: Option<MongoOptions>,
        settings: &mut Settings,
    ) -> Option<Self> {
        let broker = broker::start(broker, settings);
        let store = store
            .map(MongoStore::start)
            .and_then(|started| started.map_err(|fault| settings.fault(store_key(&fault), fault)).ok());
        Some(Self { broker: broker?, store: Arc::new(store?) })
    }
}

/// How many events of each flow may share a message, as its service has it (decision D8).
pub(crate) fn max_events(services: &[Service]) -> BTreeMap<FlowName, u16> {
    let flows = services.iter().flat_map(|service| &service.flows);
    flows.map(|flow| (flow.name.clone(), flow.max_events_per_message())).collect()
}

fn store_key(fault: &StartError) -> &'static str {
    match fault {
        StartError::NameDatabase(_) => "store-database",
        StartError::ReadCertificates { .. } => "store-ca-file",
        StartError::ParseUri(_) | StartError::MakeClient(_) | StartError::FindRuntime => "store-uri",
    }
}
