//! Which services this program has: one line each.

use pawnshop_domain::FlowName;
use pawnshop_flow::Flow;
use pawnshop_store::Store;
use std::sync::Arc;
use tonic::service::RoutesBuilder;

/// A service's half of the worker.
#[derive(Clone)]
pub struct Service {
    /// Its flows.
    pub flows: Vec<Flow>,
    /// Adds its gRPC queries over the store.
    pub queries: fn(&mut RoutesBuilder, Arc<dyn Store>),
    /// The encoded `FileDescriptorSet` of its queries, for gRPC reflection; empty where it has none.
    pub descriptors: &'static [u8],
}

impl Service {
    /// One that answers no queries, with these flows.
    pub fn of(flows: Vec<Flow>) -> Self {
        Self { flows, queries: |_, _| {}, descriptors: &[] }
    }
}

/// Every service, and one more: what a worker of your own runs.
pub fn with(own: Service) -> Vec<Service> {
    all().into_iter().chain([own]).collect()
}

/// Every service.
pub fn all() -> Vec<Service> {
    vec![items(), presence()]
}

/// The names of every service's flows.
pub fn flow_names() -> Vec<FlowName> {
    all().into_iter().flat_map(|service| service.flows).map(|flow| flow.name).collect()
}

/// What a shop that lists no pools serves: the flows that need nothing in their pool's `config`.
pub fn default_flow_names() -> Vec<FlowName> {
    let flows = all().into_iter().flat_map(|service| service.flows);
    flows.filter(|flow| !flow.needs_config()).map(|flow| flow.name).collect()
}

fn items() -> Service {
    Service {
        flows: pawnshop_items::flows::flows(),
        queries: |routes, store| {
            routes.add_service(pawnshop_items::queries::server(store));
        },
        descriptors: pawnshop_items::proto::FILE_DESCRIPTOR_SET,
    }
}

fn presence() -> Service {
    Service {
        flows: pawnshop_presence::flows::flows(),
        queries: |routes, store| {
            routes.add_service(pawnshop_presence::queries::server(store));
        },
        descriptors: pawnshop_presence::proto::FILE_DESCRIPTOR_SET,
    }
}
