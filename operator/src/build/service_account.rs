use super::metadata::metadata;
use super::{labels, names};
use crate::validate::Validated;
use k8s_openapi::api::core::v1::ServiceAccount;

/// Who dispatchers are. Their pods ask for its token themselves.
pub(super) fn dispatcher(shop: &Validated) -> ServiceAccount {
    account(shop, names::dispatcher(shop), "dispatcher")
}

/// Who workers are: nobody to the API server.
pub(super) fn worker(shop: &Validated) -> ServiceAccount {
    account(shop, names::worker(shop), "worker")
}

fn account(shop: &Validated, name: String, component: &str) -> ServiceAccount {
    ServiceAccount {
        metadata: metadata(shop, name, labels::of_component(shop, component)),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    }
}
