use crate::apply::MANAGER;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, Resource, ResourceExt};
use pawnshop_resource::{PawnShop, PawnShopStatus};
use serde_json::json;

/// Why a status could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the status of {shop} cannot be written: {source}")]
pub struct WriteError {
    shop: String,
    /// Why.
    pub source: Box<kube::Error>,
}

/// Writes a shop's status; nothing else of the shop, and only if it is still the same shop.
///
/// # Errors
/// When the API server does not take it.
pub async fn write(client: &Client, shop: &PawnShop, status: &PawnShopStatus) -> Result<(), WriteError> {
    let namespace = shop.namespace().unwrap_or_default();
    let api = Api::<PawnShop>::namespaced(client.clone(), &namespace);
    let patch = json!({
        "apiVersion": PawnShop::api_version(&()),
        "kind": PawnShop::kind(&()),
        "metadata": {"name": shop.name_any(), "uid": shop.metadata.uid},
        "status": status,
    });
    let parameters = PatchParams::apply(MANAGER).force();
    match api.patch_status(&shop.name_any(), &parameters, &Patch::Apply(patch)).await {
        Ok(_) => Ok(()),
        // It was deleted meanwhile: there is nobody to tell.
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(source) => {
            Err(WriteError { shop: format!("{namespace}/{}", shop.name_any()), source: Box::new(source) })
        }
    }
}
