//! Checks a YAML value against the resource's schema, the one that the API server uses, and goes on after a
//! fault. Knows the part of OpenAPI that the schema is written in.

use crate::fault::{Fault, hint};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray,
};
use serde_yaml::Value;

/// Adds what is wrong with `value` at `path`.
pub(crate) fn check(value: &Value, schema: &JSONSchemaProps, path: &str, faults: &mut Vec<Fault>) {
    let mut fault = |message: String| faults.push(Fault { path: path.to_owned(), message });
    match (schema.type_.as_deref(), value) {
        (Some("object"), Value::Mapping(_)) => check_object(value, schema, path, faults),
        (Some("array"), Value::Sequence(items)) => {
            let bounds = (schema.min_items, schema.max_items);
            if let Some(bounds) = outside(items.len(), bounds) {
                fault(format!("must have {bounds} entries, not {}", items.len()));
            }
            if let Some(JSONSchemaPropsOrArray::Schema(schema)) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    check(item, schema, &format!("{path}[{index}]"), faults);
                }
            }
        }
        (Some("string"), Value::String(text)) => {
            let length = text.chars().count();
            if let Some(bounds) = outside(length, (schema.min_length, schema.max_length)) {
                fault(format!("must be {bounds} characters long, not {length}"));
            }
        }
        (Some("integer"), Value::Number(number)) if !number.is_f64() => {
            let low = schema.minimum.unwrap_or(f64::MIN);
            let high = schema.maximum.unwrap_or(f64::MAX);
            if number.as_f64().is_none_or(|number| number < low || number > high) {
                fault(format!("must be {low} to {high}, not {number}"));
            }
        }
        (Some("string"), Value::Number(number)) => {
            fault(format!("must be text, not a number; quote it: \"{number}\""));
        }
        (Some("string"), Value::Bool(truth)) => {
            fault(format!("must be text, not a boolean; quote it: \"{truth}\""));
        }
        // Quoted only here: where a map is expected, the text may be a secret that belongs in one.
        (Some("integer"), Value::String(text)) if text.chars().count() <= 40 => {
            fault(format!("must be a whole number, not text (\"{text}\")"));
        }
        (Some(wanted), _) => fault(format!("must be {}, not {}", name(wanted), kind(value))),
        (None, _) => {}
    }
}

fn check_object(value: &Value, schema: &JSONSchemaProps, path: &str, faults: &mut Vec<Fault>) {
    let Value::Mapping(fields) = value else { return };
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let known = schema.properties.iter().flatten();
    if schema.x_kubernetes_preserve_unknown_fields != Some(true) {
        for key in fields.keys() {
            let Some(name) = key.as_str() else {
                let message = format!("a field's name must be text, not {}", kind(key));
                faults.push(Fault { path: path.to_owned(), message });
                continue;
            };
            if !known.clone().any(|(known, _)| known == name) {
                let hint = hint(name, known.clone().map(|(name, _)| name.as_str()));
                faults.push(Fault { path: join(name), message: format!("unknown field; {hint}") });
            }
        }
    } else if let Some(bounds) = outside(fields.len(), (None, schema.max_properties)) {
        let message = format!("must have {bounds} fields, not {}", fields.len());
        faults.push(Fault { path: path.to_owned(), message });
    }
    for name in schema.required.iter().flatten() {
        if !fields.contains_key(name.as_str()) {
            faults.push(Fault { path: join(name), message: "is required".to_owned() });
        }
    }
    for (name, schema) in known {
        if let Some(value) = fields.get(name.as_str()) {
            check(value, schema, &join(name), faults);
        }
    }
}

/// The bounds as words when `size` is outside them.
fn outside(size: usize, (min, max): (Option<i64>, Option<i64>)) -> Option<String> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let min = min.unwrap_or(0);
    match max {
        Some(max) if size < min || size > max => Some(format!("{min} to {max}")),
        None if size < min => Some(format!("at least {min}")),
        _ => None,
    }
}

fn name(schema_type: &str) -> &str {
    match schema_type {
        "object" => "a map of fields",
        "array" => "a list",
        "string" => "text",
        "integer" => "a whole number",
        other => other,
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "text".to_owned(),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a map of fields".to_owned(),
        Value::Tagged(tagged) => format!("a value tagged {}", tagged.tag),
    }
}
