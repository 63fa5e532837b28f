use crate::rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value that is kept in a Secret, never in the resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretValue {
    /// The Secret's key that holds the value.
    pub secret_key_ref: SecretKeyRef,
}

/// One key of a Secret in the shop's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// The Secret's name.
    #[schemars(
        length(min = 1, max = 253),
        extend("x-kubernetes-validations" = rules::in_schema(&rules::OBJECT_NAME))
    )]
    pub name: String,
    /// The key within the Secret.
    #[schemars(length(min = 1, max = 253), extend("x-kubernetes-validations" = rules::in_schema(&rules::SECRET_KEY)))]
    pub key: String,
}

/// An object in the shop's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalRef {
    /// The object's name.
    #[schemars(
        length(min = 1, max = 253),
        extend("x-kubernetes-validations" = rules::in_schema(&rules::OBJECT_NAME))
    )]
    pub name: String,
}
