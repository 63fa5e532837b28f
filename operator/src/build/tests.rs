mod merging;
mod pods;
mod promises;
mod scaled_objects;
mod selectors;
mod shops;
mod snapshots;

use super::{Child, children};
use crate::capabilities::Capabilities;
use crate::dereference::Dereferenced;
use crate::validate::validate;
use pawnshop_resource::PawnShop;
use serde_json::Value;
use shops::{defaults, regime};

const EVERYTHING: Capabilities =
    Capabilities { service_monitor: true, http_route: true, rabbitmq_cluster: true, keda: Some(false) };

/// The shop's objects in a cluster that has everything, with this hash of its Secrets.
fn built_with(shop: &PawnShop, secrets_hash: &str) -> Vec<Child> {
    let validated = validate(shop).unwrap();
    let references = Dereferenced::assumed(&validated.broker, secrets_hash);
    children(&validated, &references, &EVERYTHING, &defaults(), &regime()).unwrap()
}

fn built(shop: &PawnShop) -> Vec<Child> {
    built_with(shop, "0123456789abcdef")
}

/// The object of this kind and name.
fn object<'a>(children: &'a [Child], kind: &str, name: &str) -> &'a Value {
    let is_it = |child: &&Child| child.resource.kind == kind && child.object["metadata"]["name"] == name;
    &children.iter().find(is_it).unwrap_or_else(|| panic!("no {kind} {name}")).object
}

/// All Deployments.
fn deployments(children: &[Child]) -> impl Iterator<Item = &Value> {
    children.iter().filter(|child| child.resource.kind == "Deployment").map(|child| &child.object)
}

/// The container that the operator makes, of a Deployment.
fn container(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]["containers"][0]
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
