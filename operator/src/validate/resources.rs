//! What a container asks for when nothing is said about it.

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use pawnshop_resource::Resources;
use std::collections::BTreeMap;

const CPU_REQUEST: &str = "100m";
const MEMORY_REQUEST: &str = "64Mi";
const MEMORY_LIMIT: &str = "256Mi";

/// As given. What is said nothing about gets its default; of what is given in part the rest is left to Kubernetes,
/// since a default could contradict it (a request above its limit).
pub(super) fn with_defaults(given: Option<&Resources>) -> ResourceRequirements {
    let given = given.cloned().unwrap_or_default();
    let is_given = |name: &str| given.requests.contains_key(name) || given.limits.contains_key(name);
    let (cpu_given, memory_given) = (is_given("cpu"), is_given("memory"));
    let mut requests = quantities(given.requests);
    let mut limits = quantities(given.limits);
    if !cpu_given {
        requests.insert("cpu".to_owned(), Quantity(CPU_REQUEST.to_owned()));
    }
    if !memory_given {
        requests.insert("memory".to_owned(), Quantity(MEMORY_REQUEST.to_owned()));
        limits.insert("memory".to_owned(), Quantity(MEMORY_LIMIT.to_owned()));
    }
    let given = |quantities: BTreeMap<_, _>| (!quantities.is_empty()).then_some(quantities);
    ResourceRequirements {
        requests: given(requests),
        limits: given(limits),
        ..ResourceRequirements::default()
    }
}

fn quantities(given: BTreeMap<String, pawnshop_resource::Quantity>) -> BTreeMap<String, Quantity> {
    given.into_iter().map(|(name, amount)| (name, Quantity(amount.0))).collect()
}
