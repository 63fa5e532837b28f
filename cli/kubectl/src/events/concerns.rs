use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Resource, ResourceExt};
use pawnshop_resource::PawnShop;
use std::collections::BTreeSet;

/// The names that belong to a shop. They tell also of what is gone: labels and owners go with an object, its events
/// stay.
pub(crate) struct Names {
    shop: String,
    /// Of Deployments, Services, autoscalers and so on.
    objects: BTreeSet<String>,
}

impl Names {
    /// Those of this shop.
    pub(crate) fn of(shop: &PawnShop) -> Self {
        let name = shop.name_any();
        let pools = shop.spec.pools.iter().map(|pool| pool.name.as_str());
        let known = shop.status.iter().flat_map(|status| &status.pools).map(|pool| pool.name.as_str());
        let parts = pools.chain(known).chain(["dispatcher", "worker", "fleet", "operations"]);
        let objects = parts.map(|part| format!("{name}-{part}")).collect();
        Self { shop: name, objects }
    }

    /// Whether what happened to this object happened to the shop.
    pub(crate) fn concern(&self, object: &ObjectReference) -> bool {
        let (kind, name) =
            (object.kind.as_deref().unwrap_or_default(), object.name.as_deref().unwrap_or_default());
        match kind {
            kind if kind == PawnShop::kind(&()) => name == self.shop,
            // DEPLOYMENT-HASH-SUFFIX and DEPLOYMENT-HASH; hashes and suffixes have no dash.
            "Pod" => self.is_below(name, 2),
            "ReplicaSet" => self.is_below(name, 1),
            _ => self.objects.contains(name),
        }
    }

    fn is_below(&self, name: &str, parts: usize) -> bool {
        let mut owner = name;
        for _ in 0..parts {
            let Some((before, _)) = owner.rsplit_once('-') else { return false };
            owner = before;
        }
        self.objects.contains(owner)
    }
}
