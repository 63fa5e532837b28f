use super::metadata::annotated;
use super::names;
use crate::validate::Validated;
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
    IngressSpec, IngressTLS, ServiceBackendPort,
};

/// The way in from outside, to the dispatchers' Service.
pub(super) fn ingress(shop: &Validated, given: &pawnshop_resource::Ingress) -> Ingress {
    let name = names::dispatcher(shop);
    let port = i32::from(shop.dispatcher.service.port);
    let service = IngressServiceBackend {
        name: name.clone(),
        port: Some(ServiceBackendPort { number: Some(port), ..ServiceBackendPort::default() }),
    };
    let path = HTTPIngressPath {
        path: Some(given.path.clone()),
        path_type: "Prefix".to_owned(),
        backend: IngressBackend { service: Some(service), ..IngressBackend::default() },
    };
    let tls = given
        .tls_secret_name
        .clone()
        .map(|secret| vec![IngressTLS { hosts: Some(vec![given.host.clone()]), secret_name: Some(secret) }]);
    Ingress {
        metadata: annotated(shop, name, "dispatcher", &given.annotations),
        spec: Some(IngressSpec {
            ingress_class_name: given.class_name.clone(),
            rules: Some(vec![IngressRule {
                host: Some(given.host.clone()),
                http: Some(HTTPIngressRuleValue { paths: vec![path] }),
            }]),
            tls,
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    }
}
