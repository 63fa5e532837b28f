use super::labels::{self, map, matching};
use super::metadata::metadata;
use super::{names, pods};
use crate::validate::{Network, Validated};
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Who may reach the pods (decision K12): the API is open or for whom the resource names, reads are for the shop's
/// own dispatchers, metrics for the operator and whom the resource names. What pods may reach is as the resource says.
pub(super) fn policies(shop: &Validated, operator_namespace: &str) -> Vec<NetworkPolicy> {
    let Some(network) = &shop.network else { return Vec::new() };
    let metrics = metrics(network, operator_namespace);
    let api = rule(network.dispatcher_from.clone(), pods::HTTP);
    let reads = rule(vec![pods_of(shop, "dispatcher")], pods::GRPC);
    vec![
        policy(
            shop,
            names::dispatcher(shop),
            "dispatcher",
            vec![api, metrics.clone()],
            &network.dispatcher_egress,
        ),
        policy(shop, names::worker(shop), "worker", vec![reads, metrics], &network.worker_egress),
    ]
}

fn policy(
    shop: &Validated,
    name: String,
    component: &str,
    ingress: Vec<NetworkPolicyIngressRule>,
    egress: &[NetworkPolicyEgressRule],
) -> NetworkPolicy {
    let mut types = vec!["Ingress".to_owned()];
    if !egress.is_empty() {
        types.push("Egress".to_owned());
    }
    NetworkPolicy {
        metadata: metadata(shop, name, labels::of_component(shop, component)),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(matching(labels::all_of(shop, component))),
            policy_types: Some(types),
            ingress: Some(ingress),
            egress: (!egress.is_empty()).then(|| egress.to_vec()),
        }),
    }
}

fn metrics(network: &Network, operator_namespace: &str) -> NetworkPolicyIngressRule {
    let operator = NetworkPolicyPeer {
        namespace_selector: Some(matching(map([("kubernetes.io/metadata.name", operator_namespace)]))),
        ..NetworkPolicyPeer::default()
    };
    let mut from = vec![operator];
    from.extend(network.metrics_from.iter().cloned());
    rule(from, pods::OPERATIONS)
}

/// `from`: anybody when empty.
fn rule(from: Vec<NetworkPolicyPeer>, port: pods::Port) -> NetworkPolicyIngressRule {
    let port = NetworkPolicyPort {
        port: Some(IntOrString::Int(port.number)),
        protocol: Some("TCP".to_owned()),
        ..NetworkPolicyPort::default()
    };
    NetworkPolicyIngressRule { from: (!from.is_empty()).then_some(from), ports: Some(vec![port]) }
}

fn pods_of(shop: &Validated, component: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        pod_selector: Some(matching(labels::all_of(shop, component))),
        ..NetworkPolicyPeer::default()
    }
}
