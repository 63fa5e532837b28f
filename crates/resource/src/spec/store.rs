use super::SecretValue;
use crate::rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the shop's documents are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// The MongoDB connection string (`mongodb://user:password@host/`, or `mongodb+srv://`).
    pub uri: SecretValue,
    /// The database; NAMESPACE-NAME of the shop when absent. It cannot be changed, added or removed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), extend("x-kubernetes-validations" = rules::in_schema(&rules::DATABASE)))]
    pub database: Option<String>,
    /// The authorities to trust (PEM), in place of those of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<SecretValue>,
}
