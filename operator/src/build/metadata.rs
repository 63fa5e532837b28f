use super::labels;
use crate::validate::Validated;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;
use pawnshop_resource::PawnShop;
use std::collections::BTreeMap;

/// The metadata of an object that this shop owns: it goes when the shop goes, by garbage collection.
pub(super) fn metadata(shop: &Validated, name: String, labels: BTreeMap<String, String>) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        namespace: Some(shop.shop.namespace().to_owned()),
        labels: Some(labels),
        owner_references: Some(vec![OwnerReference {
            api_version: PawnShop::api_version(&()).into_owned(),
            kind: PawnShop::kind(&()).into_owned(),
            name: shop.shop.name().to_owned(),
            uid: shop.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }]),
        ..ObjectMeta::default()
    }
}

/// The same for what belongs to a component, with annotations that the resource gives.
pub(super) fn annotated(
    shop: &Validated,
    name: String,
    component: &str,
    annotations: &BTreeMap<String, String>,
) -> ObjectMeta {
    ObjectMeta {
        annotations: (!annotations.is_empty()).then(|| annotations.clone()),
        ..metadata(shop, name, labels::of_component(shop, component))
    }
}
