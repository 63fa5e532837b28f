//! Checks a YAML value against the resource's schema, the one that the API server uses, and goes on after a
//! fault. Knows the part of OpenAPI that the schema is written in.

mod object;
mod scalar;

use crate::fault::Fault;
use crate::rules;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray,
};
use serde_yaml::Value;

/// Adds what is wrong with `value` at `path`: first its shape, then what breaks the rules on it.
pub(crate) fn check(value: &Value, schema: &JSONSchemaProps, path: &str, faults: &mut Vec<Fault>) {
    let mut fault = |message: String| faults.push(Fault { path: path.to_owned(), message });
    match (schema.type_.as_deref(), value) {
        (Some("object"), Value::Mapping(fields)) => object::check(fields, schema, path, faults),
        (Some("array"), Value::Sequence(items)) => check_list(items, schema, path, faults),
        (Some("boolean"), Value::Bool(_)) => {}
        (Some("string"), Value::String(text)) => scalar::check_text(text, schema, &mut fault),
        (Some("integer"), Value::Number(number)) if !number.is_f64() => {
            scalar::check_number(number, schema, &mut fault);
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
        (None, _) if schema.x_kubernetes_int_or_string == Some(true) => {
            scalar::check_quantity(value, &mut fault);
        }
        (None, _) => {}
    }
    for rule in schema.x_kubernetes_validations.iter().flatten() {
        rules::check(&rule.rule, value, path, faults);
    }
}

fn check_list(items: &[Value], schema: &JSONSchemaProps, path: &str, faults: &mut Vec<Fault>) {
    if let Some(bounds) = outside(items.len(), (schema.min_items, schema.max_items)) {
        let message = format!("must have {bounds} entries, not {}", items.len());
        faults.push(Fault { path: path.to_owned(), message });
    }
    if let Some(JSONSchemaPropsOrArray::Schema(schema)) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            check(item, schema, &format!("{path}[{index}]"), faults);
        }
    }
    check_repeated(items, schema, path, faults);
}

/// A set holds nothing twice, and a list that is a map no key twice.
fn check_repeated(items: &[Value], schema: &JSONSchemaProps, path: &str, faults: &mut Vec<Fault>) {
    let key = schema.x_kubernetes_list_map_keys.as_ref().and_then(|keys| keys.first());
    let identity = |item: &Value| match (schema.x_kubernetes_list_type.as_deref(), key) {
        (Some("set"), _) => item.as_str().map(str::to_owned),
        (Some("map"), Some(key)) => item.get(key.as_str())?.as_str().map(str::to_owned),
        _ => None,
    };
    let identities: Vec<_> = items.iter().map(identity).collect();
    for (index, own) in identities.iter().enumerate() {
        let Some(own) = own.as_deref().filter(|own| !own.is_empty()) else { continue };
        if let Some(first) = identities[..index].iter().position(|other| other.as_deref() == Some(own)) {
            faults.push(match key {
                Some(key) => Fault {
                    path: format!("{path}[{index}].{key}"),
                    message: format!("\"{own}\" is also the {key} of {path}[{first}]"),
                },
                None => Fault {
                    path: format!("{path}[{index}]"),
                    message: format!("\"{own}\" is already at {path}[{first}]"),
                },
            });
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
        "boolean" => "true or false",
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
