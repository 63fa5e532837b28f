use crate::{PawnShop, rules};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool, ValidationRule,
};
use kube::CustomResourceExt;

/// The custom resource definition: the generated one, the rules on the whole object, which the derived
/// schema has no place for, and no field that takes `null` for a value: the API server drops those.
pub fn crd() -> CustomResourceDefinition {
    let mut crd = PawnShop::crd();
    for version in &mut crd.spec.versions {
        if let Some(root) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) {
            root.x_kubernetes_validations = Some(rules::SHOP.iter().map(validation_rule).collect());
            refuse_null(root);
        }
    }
    crd
}

/// The schema of the one version there is.
pub(crate) fn schema() -> JSONSchemaProps {
    let version = crd().spec.versions.into_iter().next();
    version.and_then(|version| version.schema?.open_api_v3_schema).unwrap_or_default()
}

fn refuse_null(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    schema.properties.iter_mut().flatten().for_each(|(_, schema)| refuse_null(schema));
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        refuse_null(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        refuse_null(values);
    }
}

fn validation_rule(rule: &rules::Rule) -> ValidationRule {
    ValidationRule {
        rule: rule.cel.to_owned(),
        message: Some(rule.message.to_owned()),
        ..ValidationRule::default()
    }
}
