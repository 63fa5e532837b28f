//! Whether an object is as we want it (decision K8): it holds what we apply, we own all of that, and we own nothing
//! else.
//!
//! `metadata.managedFields` tells what is ours, in the format of server-side apply
//! (<https://kubernetes.io/docs/reference/using-api/server-side-apply/>): whoever changes a field of ours takes it
//! from us, so that ownership finds what a comparison of values cannot (something more in a list that is one value),
//! and says how lists are to be compared. What others added elsewhere is theirs.

#[cfg(test)]
mod tests;

use super::MANAGER;
use super::quantity::same_amount;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde_json::{Map, Value};

/// What identifies an object or its version, and belongs to nobody.
const UNOWNED: [&str; 2] = ["apiVersion", "kind"];
const UNOWNED_METADATA: [&str; 4] = ["name", "namespace", "uid", "resourceVersion"];

/// Where below these keys amounts stand, which the API server rewrites.
const AMOUNTS: [&str; 2] = ["limits", "requests"];
const AMOUNT: [&str; 3] = ["sizeLimit", "averageValue", "divisor"];

/// The first place where the live object is not what is desired, as a path; `None` where all is well.
pub(super) fn difference(desired: &Value, live: &Value, metadata: &ObjectMeta) -> Option<String> {
    let ours = metadata.managed_fields.iter().flatten().find(|entry| is_ours(entry));
    let Some(fields) = ours.and_then(|entry| entry.fields_v1.as_ref()) else {
        return Some("metadata.managedFields".to_owned());
    };
    let mut desired = desired.clone();
    if let Some(desired) = desired.as_object_mut() {
        desired.retain(|key, _| !UNOWNED.contains(&key.as_str()));
        if let Some(metadata) = desired.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|key, _| !UNOWNED_METADATA.contains(&key.as_str()));
        }
    }
    let mut path = Vec::new();
    if value(&desired, Some(live), Owned::of(&fields.0), &mut path) { None } else { Some(path.join(".")) }
}

/// Whether this entry is what we apply.
pub(super) fn is_ours(entry: &ManagedFieldsEntry) -> bool {
    entry.manager.as_deref() == Some(MANAGER)
        && entry.operation.as_deref() == Some("Apply")
        && entry.subresource.as_deref().is_none_or(str::is_empty)
}

/// What we own of a value.
#[derive(Clone, Copy)]
enum Owned<'a> {
    /// All of it, as one.
    Whole,
    /// These parts: `f:` fields, `k:` elements by key, `v:` elements by value, `.` the value as such.
    Parts(&'a Map<String, Value>),
}

impl<'a> Owned<'a> {
    fn of(node: &'a Value) -> Self {
        match node.as_object() {
            Some(parts) if !parts.is_empty() => Self::Parts(parts),
            _ => Self::Whole,
        }
    }
}

/// Whether `live` is as desired; if not, `path` is left where it is not.
fn value(desired: &Value, live: Option<&Value>, owned: Owned<'_>, path: &mut Vec<String>) -> bool {
    match (desired, live) {
        (desired, None) => is_empty(desired),
        (Value::Object(desired), Some(Value::Object(live))) => object(desired, live, owned, path),
        (Value::Array(desired), Some(Value::Array(live))) => match owned {
            Owned::Whole => whole_list(desired, live, path),
            Owned::Parts(parts) => list_by_parts(desired, live, parts, path),
        },
        (desired, Some(live)) => same_scalar(desired, live, path),
    }
}

fn object(
    desired: &Map<String, Value>,
    live: &Map<String, Value>,
    owned: Owned<'_>,
    path: &mut Vec<String>,
) -> bool {
    for (key, wanted) in desired {
        path.push(key.clone());
        let owned = match owned {
            Owned::Whole => Some(Owned::Whole),
            Owned::Parts(parts) => parts.get(&format!("f:{key}")).map(Owned::of),
        };
        let as_wanted = match owned {
            Some(owned) => value(wanted, live.get(key), owned, path),
            // Another took it, or the API server dropped it for being empty.
            None => is_empty(wanted),
        };
        if !as_wanted {
            return false;
        }
        path.pop();
    }
    let Owned::Parts(parts) = owned else { return true };
    let unwanted =
        parts.keys().filter_map(|part| part.strip_prefix("f:")).find(|key| !desired.contains_key(*key));
    path.extend(unwanted.map(str::to_owned));
    unwanted.is_none()
}

/// A list that is one value: whoever changes any of it changes it all.
fn whole_list(desired: &[Value], live: &[Value], path: &mut Vec<String>) -> bool {
    if desired.len() != live.len() {
        return false;
    }
    for (index, (wanted, live)) in desired.iter().zip(live).enumerate() {
        path.push(index.to_string());
        if !value(wanted, Some(live), Owned::Whole, path) {
            return false;
        }
        path.pop();
    }
    true
}

/// A list whose elements are owned one by one. Others may have added some of theirs.
fn list_by_parts(
    desired: &[Value],
    live: &[Value],
    parts: &Map<String, Value>,
    path: &mut Vec<String>,
) -> bool {
    let mut found = 0;
    for (part, owned) in parts {
        let told = match part.split_once(':') {
            Some(("k", keys)) => by_keys(desired, live, keys, Owned::of(owned), path),
            Some(("v", text)) => by_value(desired, live, text),
            _ => continue,
        };
        if !told {
            return false;
        }
        found += 1;
    }
    // Each part was found in what is desired, and no two parts are the same element.
    found == desired.len()
}

fn by_keys(desired: &[Value], live: &[Value], keys: &str, owned: Owned<'_>, path: &mut Vec<String>) -> bool {
    let Ok(keys) = serde_json::from_str::<Map<String, Value>>(keys) else { return false };
    path.push(
        keys.values()
            .map(|key| key.as_str().map_or(key.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join("/"),
    );
    let exact = |element: &&Value| keys.iter().all(|(key, value)| element.get(key) == Some(value));
    // A key that has a default (a port's protocol) need not be among what is desired.
    let defaulted = |element: &&Value| {
        keys.iter().all(|(key, value)| element.get(key).is_none_or(|given| given == value))
    };
    let wanted = desired.iter().find(exact).or_else(|| desired.iter().find(defaulted));
    let live = live.iter().find(exact);
    let as_wanted = wanted.is_some_and(|wanted| element_is(wanted, live, owned, &keys, path));
    if as_wanted {
        path.pop();
    }
    as_wanted
}

/// An element of a list by keys: its defaulted keys may be owned without being desired.
fn element_is(
    wanted: &Value,
    live: Option<&Value>,
    owned: Owned<'_>,
    keys: &Map<String, Value>,
    path: &mut Vec<String>,
) -> bool {
    let mut wanted = wanted.clone();
    if let (Some(fields), Owned::Parts(parts)) = (wanted.as_object_mut(), owned) {
        for (key, value) in keys.iter().filter(|(key, _)| parts.contains_key(&format!("f:{key}"))) {
            fields.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    value(&wanted, live, owned, path)
}

fn by_value(desired: &[Value], live: &[Value], text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| desired.contains(&value) && live.contains(&value))
}

fn same_scalar(desired: &Value, live: &Value, path: &[String]) -> bool {
    desired == live || is_amount(path) && same_amount(&text(desired), &text(live))
}

fn is_amount(path: &[String]) -> bool {
    let mut from_the_end = path.iter().rev().map(String::as_str);
    let (last, before) = (from_the_end.next(), from_the_end.next());
    last.is_some_and(|key| AMOUNT.contains(&key)) || before.is_some_and(|key| AMOUNTS.contains(&key))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What the API server may leave out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    }
}
