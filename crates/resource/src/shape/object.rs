use super::{check as check_value, kind, outside};
use crate::fault::{Fault, hint};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrBool,
};
use serde_yaml::Mapping;

/// Adds what is wrong with the fields of an object at `path`.
pub(super) fn check(fields: &Mapping, schema: &JSONSchemaProps, path: &str, faults: &mut Vec<Fault>) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if let Some(bounds) = outside(fields.len(), (None, schema.max_properties)) {
        let message = format!("must have {bounds} fields, not {}", fields.len());
        faults.push(Fault { path: path.to_owned(), message });
    }
    check_names(fields, schema, path, faults);
    for name in schema.required.iter().flatten() {
        if !fields.contains_key(name.as_str()) {
            faults.push(Fault { path: join(name), message: "is required".to_owned() });
        }
    }
    for (name, schema) in schema.properties.iter().flatten() {
        if let Some(value) = fields.get(name.as_str()) {
            check_value(value, schema, &join(name), faults);
        }
    }
    if let Some(JSONSchemaPropsOrBool::Schema(schema)) = &schema.additional_properties {
        for (name, value) in fields.iter().filter_map(|(name, value)| Some((name.as_str()?, value))) {
            check_value(value, schema, &join(name), faults);
        }
    }
}

fn check_names(fields: &Mapping, schema: &JSONSchemaProps, path: &str, faults: &mut Vec<Fault>) {
    if schema.x_kubernetes_preserve_unknown_fields == Some(true) {
        return;
    }
    let known = || schema.properties.iter().flatten().map(|(name, _)| name.as_str());
    for key in fields.keys() {
        let Some(name) = key.as_str() else {
            let message = format!("a field's name must be text, not {}", kind(key));
            faults.push(Fault { path: path.to_owned(), message });
            continue;
        };
        if schema.additional_properties.is_none() && !known().any(|known| known == name) {
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            faults.push(Fault { path, message: format!("unknown field; {}", hint(name, known())) });
        }
    }
}
