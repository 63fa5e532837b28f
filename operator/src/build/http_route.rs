use super::metadata::metadata;
use super::{Child, foreign_child, labels, names};
use crate::validate::Validated;
use kube::core::{ApiResource, GroupVersionKind};
use pawnshop_resource::{HttpRoute, ParentRef};
use serde_json::{Map, Value, json};

const GROUP: &str = "gateway.networking.k8s.io";

/// The way in through a Gateway, to the dispatchers' Service.
///
/// Its lists are one value each to the API server, which fills in defaults: they are written out, so that what is
/// there is what was wanted.
pub(super) fn http_route(shop: &Validated, given: &HttpRoute) -> Child {
    let name = names::dispatcher(shop);
    let mut spec = Map::new();
    spec.insert("parentRefs".to_owned(), given.parent_refs.iter().map(parent_ref).collect());
    if !given.hostnames.is_empty() {
        spec.insert("hostnames".to_owned(), json!(given.hostnames));
    }
    spec.insert(
        "rules".to_owned(),
        json!([{
            "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
            "backendRefs": [{
                "group": "", "kind": "Service", "name": name, "port": shop.dispatcher.service.port, "weight": 1,
            }],
        }]),
    );
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, "v1", "HTTPRoute"));
    let metadata = metadata(shop, name, labels::of_component(shop, "dispatcher"));
    foreign_child(resource, &metadata, Value::Object(spec))
}

fn parent_ref(parent: &ParentRef) -> Value {
    let mut reference = json!({"group": GROUP, "kind": "Gateway", "name": parent.name});
    if let Some(namespace) = &parent.namespace {
        reference["namespace"] = json!(namespace);
    }
    if let Some(section) = &parent.section_name {
        reference["sectionName"] = json!(section);
    }
    reference
}
