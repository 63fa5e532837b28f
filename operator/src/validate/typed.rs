//! Objects of other kinds, which the resource's own schema lets through as they are.

use pawnshop_resource::{Fault, Opaque};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The object as the kind that it should be. A field that the kind does not have is a fault, not dropped silently:
/// it would be a setting that never takes effect.
pub(super) fn typed<T>(given: &Opaque, path: &str, faults: &mut Vec<Fault>) -> Option<T>
where
    T: DeserializeOwned + Serialize,
{
    let given = Value::Object(given.clone());
    let typed: T = match serde_path_to_error::deserialize(&given) {
        Ok(typed) => typed,
        Err(error) => {
            let path = format!("{path}.{}", error.path());
            faults.push(Fault { path, message: error.into_inner().to_string() });
            return None;
        }
    };
    let before = faults.len();
    match serde_json::to_value(&typed) {
        Ok(known) => unknown_fields(&given, &known, path, faults),
        Err(error) => faults.push(Fault { path: path.to_owned(), message: error.to_string() }),
    }
    (faults.len() == before).then_some(typed)
}

/// Everything in `given` that did not come back in `known`.
fn unknown_fields(given: &Value, known: &Value, path: &str, faults: &mut Vec<Fault>) {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let path = format!("{path}.{name}");
                match known.get(name) {
                    Some(known) => unknown_fields(value, known, &path, faults),
                    None => faults.push(Fault { path, message: "there is no such field".to_owned() }),
                }
            }
        }
        (Value::Array(given), Value::Array(known)) => {
            for (index, (given, known)) in given.iter().zip(known).enumerate() {
                unknown_fields(given, known, &format!("{path}[{index}]"), faults);
            }
        }
        _ => {}
    }
}
