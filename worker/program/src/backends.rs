use pawnshop_domain::FlowName;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions, StartError as BrokerFault};
use pawnshop_runtime::settings::Settings;
use pawnshop_store_mongodb::{MongoOptions, MongoStore, StartError as StoreFault};
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
        let broker = broker
            .map(RabbitBroker::start)
            .and_then(|started| started.map_err(|fault| settings.fault(broker_key(&fault), fault)).ok());
        let store = store
            .map(MongoStore::start)
            .and_then(|started| started.map_err(|fault| settings.fault(store_key(&fault), fault)).ok());
        Some(Self { broker: Arc::new(broker?), store: Arc::new(store?) })
    }
}

/// How many events of each flow may share a message, as its service has it (decision D8).
pub(crate) fn max_events(services: &[Service]) -> BTreeMap<FlowName, u16> {
    let flows = services.iter().flat_map(|service| &service.flows);
    flows.map(|flow| (flow.name.clone(), flow.max_events_per_message)).collect()
}

fn broker_key(fault: &BrokerFault) -> &'static str {
    match fault {
        BrokerFault::ManagementUri(_) => "broker-management-uri",
        BrokerFault::Uri(_) | BrokerFault::TlsFile { .. } | BrokerFault::Tls(_) | BrokerFault::Runtime(_) => {
            "broker-uri"
        }
    }
}

fn store_key(fault: &StoreFault) -> &'static str {
    match fault {
        StoreFault::NameDatabase(_) => "store-database",
        StoreFault::ReadCertificates { .. } => "store-ca-file",
        StoreFault::ParseUri(_) | StoreFault::MakeClient(_) | StoreFault::FindRuntime => "store-uri",
    }
}
