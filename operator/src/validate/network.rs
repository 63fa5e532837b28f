//! Who may reach whom, in Kubernetes' own types.

use super::typed::typed;
use k8s_openapi::api::networking::v1::{NetworkPolicyEgressRule, NetworkPolicyPeer};
use pawnshop_resource::{Fault, NetworkPolicySpec, Opaque};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What NetworkPolicies are to say beyond their defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Who may read metrics beside the operator.
    pub metrics_from: Vec<NetworkPolicyPeer>,
    /// Who may reach the API; anybody when empty.
    pub dispatcher_from: Vec<NetworkPolicyPeer>,
    /// What workers may reach; anything when empty.
    pub worker_egress: Vec<NetworkPolicyEgressRule>,
    /// What dispatchers may reach; anything when empty.
    pub dispatcher_egress: Vec<NetworkPolicyEgressRule>,
}

/// What there is to say; `None` when NetworkPolicies are not wanted.
pub(super) fn network(spec: Option<&NetworkPolicySpec>, faults: &mut Vec<Fault>) -> Option<Network> {
    let Some(spec) = spec else { return Some(Network::default()) };
    // Checked even where it is turned off: a fault in it should not wait for the day it is turned on.
    let network = Network {
        metrics_from: each(&spec.metrics_from, "metricsFrom", faults),
        dispatcher_from: each(&spec.dispatcher_from, "dispatcherFrom", faults),
        worker_egress: each(&spec.worker_egress, "workerEgress", faults),
        dispatcher_egress: each(&spec.dispatcher_egress, "dispatcherEgress", faults),
    };
    spec.enabled.then_some(network)
}

fn each<T: DeserializeOwned + Serialize>(given: &[Opaque], field: &str, faults: &mut Vec<Fault>) -> Vec<T> {
    let given = given.iter().enumerate();
    given
        .filter_map(|(index, one)| typed(one, &format!("spec.networkPolicy.{field}[{index}]"), faults))
        .collect()
}
