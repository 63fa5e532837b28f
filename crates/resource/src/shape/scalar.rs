use super::outside;
use crate::fault::hint;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_yaml::{Number, Value};

/// Tells what is wrong with a text.
pub(super) fn check_text(text: &str, schema: &JSONSchemaProps, fault: &mut impl FnMut(String)) {
    let length = text.chars().count();
    if let Some(bounds) = outside(length, (schema.min_length, schema.max_length)) {
        fault(format!("must be {bounds} characters long, not {length}"));
    }
    let choices = || schema.enum_.iter().flatten().filter_map(|choice| choice.0.as_str());
    if choices().next().is_some() && !choices().any(|choice| choice == text) {
        fault(format!("no such choice; {}", hint(text, choices())));
    }
}

/// Tells what is wrong with a whole number.
pub(super) fn check_number(number: &Number, schema: &JSONSchemaProps, fault: &mut impl FnMut(String)) {
    let low = schema.minimum.unwrap_or(f64::MIN);
    let high = schema.maximum.unwrap_or(f64::MAX);
    if number.as_f64().is_none_or(|number| number < low || number > high) {
        fault(format!("must be {low} to {high}, not {number}"));
    }
}

/// Tells what is wrong with an amount: the one thing in the schema that is a number or a text.
pub(super) fn check_quantity(value: &Value, fault: &mut impl FnMut(String)) {
    let good = match value {
        Value::Number(number) => !number.is_f64(),
        Value::String(text) => is_quantity(text),
        _ => false,
    };
    if !good {
        fault("must be an amount, such as 500m, 2 or 256Mi (a fraction in quotes: \"0.5\")".to_owned());
    }
}

/// What the schema's pattern says, which is Kubernetes' own: a signed decimal number and a suffix.
fn is_quantity(text: &str) -> bool {
    let number = |text: &str| {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
    };
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (amount, suffix) = text.split_at(end);
    number(amount)
        && match suffix {
            "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" => true,
            "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" => true,
            exponent => exponent.strip_prefix(['e', 'E']).is_some_and(number),
        }
}
