//! Variables of a container.

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, SecretKeySelector};
use pawnshop_resource::SecretKeyRef;

/// A variable that the kubelet fills from a Secret.
pub(crate) fn from_secret(name: &str, secret: &SecretKeyRef) -> EnvVar {
    let selector = SecretKeySelector { name: secret.name.clone(), key: secret.key.clone(), optional: None };
    EnvVar {
        name: name.to_owned(),
        value_from: Some(EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() }),
        ..EnvVar::default()
    }
}

/// A variable that the kubelet puts together from others that stand before it: `$(OTHER)`.
pub(crate) fn composed(name: &str, value: String) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value), ..EnvVar::default() }
}

/// A variable with just this value: the kubelet would take `$(OTHER)` in it for another variable, and `$$` for `$`.
pub(crate) fn literal(name: &str, value: &str) -> EnvVar {
    composed(name, value.replace('$', "$$"))
}
