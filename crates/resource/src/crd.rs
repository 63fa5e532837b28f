use crate::{PawnShop, cel};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, ValidationRule,
};
use kube::CustomResourceExt;

/// The custom resource definition: the generated one and the rules on the whole object, which the derived
/// schema has no place for.
pub fn crd() -> CustomResourceDefinition {
    let mut crd = PawnShop::crd();
    for version in &mut crd.spec.versions {
        if let Some(root) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) {
            root.x_kubernetes_validations = Some(cel::SHOP.map(validation_rule).to_vec());
        }
    }
    crd
}

/// The schema of the one version there is.
pub(crate) fn schema() -> JSONSchemaProps {
    let version = crd().spec.versions.into_iter().next();
    version.and_then(|version| version.schema?.open_api_v3_schema).unwrap_or_default()
}

fn validation_rule((rule, message): cel::Rule) -> ValidationRule {
    ValidationRule { rule: rule.to_owned(), message: Some(message.to_owned()), ..ValidationRule::default() }
}
