use super::labels::{all_of, map};
use super::metadata::{annotated, metadata};
use super::{labels, names, pods};
use crate::validate::Validated;
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use pawnshop_resource::ServiceType;
use std::collections::BTreeMap;

/// Where the API is.
pub(super) fn dispatcher(shop: &Validated) -> Service {
    let given = &shop.dispatcher.service;
    let type_ = match given.type_ {
        ServiceType::ClusterIP => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
    };
    let port = port(pods::HTTP, i32::from(given.port), "http");
    Service {
        metadata: annotated(shop, names::dispatcher(shop), "dispatcher", &given.annotations),
        spec: Some(ServiceSpec { type_: Some(type_.to_owned()), ..spec(all_of(shop, "dispatcher"), port) }),
        ..Service::default()
    }
}

/// Where dispatchers find the workers of all pools, for reads: by its EndpointSlices, so it has no address itself.
pub(super) fn fleet(shop: &Validated) -> Service {
    let port = port(pods::GRPC, pods::GRPC.number, "kubernetes.io/h2c");
    Service {
        metadata: metadata(shop, names::fleet(shop), labels::of_component(shop, "worker")),
        spec: Some(headless(spec(all_of(shop, "worker"), port))),
        ..Service::default()
    }
}

/// Where Prometheus finds every pod of the shop, those that are not ready included.
pub(super) fn operations(shop: &Validated) -> Service {
    let port = port(pods::OPERATIONS, pods::OPERATIONS.number, "http");
    let every_pod = map([(labels::SHOP, shop.shop.name())]);
    Service {
        metadata: metadata(shop, names::operations(shop), labels::of_component(shop, "operations")),
        spec: Some(ServiceSpec {
            publish_not_ready_addresses: Some(true),
            ..headless(spec(every_pod, port))
        }),
        ..Service::default()
    }
}

fn spec(selector: BTreeMap<String, String>, port: ServicePort) -> ServiceSpec {
    ServiceSpec { selector: Some(selector), ports: Some(vec![port]), ..ServiceSpec::default() }
}

fn headless(spec: ServiceSpec) -> ServiceSpec {
    ServiceSpec { cluster_ip: Some("None".to_owned()), ..spec }
}

fn port(target: pods::Port, number: i32, protocol: &str) -> ServicePort {
    ServicePort {
        name: Some(target.name.to_owned()),
        port: number,
        protocol: Some("TCP".to_owned()),
        target_port: Some(IntOrString::String(target.name.to_owned())),
        app_protocol: Some(protocol.to_owned()),
        ..ServicePort::default()
    }
}
