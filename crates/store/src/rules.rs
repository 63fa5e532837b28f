//! What every backend refuses alike, so that nothing works in one and fails in another.

use crate::{Collection, Document, Filter, Index, Order, StoreError};
use serde_json::{Map, Value};

/// The longest id, in bytes.
pub const MAX_ID_BYTES: usize = 1024;

/// The largest body, in bytes of its JSON text.
pub const MAX_BODY_BYTES: usize = 8 << 20;

/// The largest body, in bytes as BSON. MongoDB's documents end at 16 MiB; the difference is for what a store adds.
/// Short text of JSON may be long there: an element of an array has its index as its name.
pub const MAX_BSON_BYTES: usize = 16_000_000;

/// The deepest nesting of a body, in levels. BSON ends at 100, JSON readers often at 128.
pub const MAX_DEPTH: usize = 64;

/// Checks the names in a declaration.
pub fn declaration(collection: &Collection) -> Result<(), StoreError> {
    let lower = |b: u8| b.is_ascii_lowercase();
    if !is_name(collection.name, lower, |b| lower(b) || b.is_ascii_digit() || b == b'_') {
        return refuse(format!("the collection name {:?} is not of a-z, 0-9 and _", collection.name));
    }
    for index in collection.indexes {
        if index.fields.is_empty() {
            return refuse(format!("an index of {} has no fields", collection.name));
        }
        for field in index.fields {
            if !is_field(field) {
                return refuse(format!("the field name {field:?} in {} is not camelCase", collection.name));
            }
        }
    }
    Ok(())
}

/// Checks that every backend can hold a document: its id, the names and numbers in its body, its depth and its
/// size as BSON, and that indexed fields are strings, integers, null or absent. The size as JSON is for the backend
/// to check ([`MAX_BODY_BYTES`]), which knows it when it encodes.
pub fn document(indexes: &[Index], document: &Document) -> Result<(), StoreError> {
    let id = &document.id;
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return refuse(format!("an id of {} bytes is not of 1 to {MAX_ID_BYTES}", id.len()));
    }
    if let Some(name) = document.body.keys().find(|name| name.starts_with('_')) {
        return refuse(format!("{id:?} has the field {name:?}: names that start with _ are the store's own"));
    }
    let size = object(&document.body, 1).or_else(|why| refuse(format!("{id:?} {why}")))?;
    if size > MAX_BSON_BYTES {
        return refuse(format!("{id:?} has a body of {size} bytes as BSON; {MAX_BSON_BYTES} is the most"));
    }
    for field in indexes.iter().flat_map(|index| index.fields) {
        if !document.body.get(*field).is_none_or(|value| value.is_null() || is_key(value)) {
            return refuse(format!(
                "{id:?} has neither a string nor an integer in the indexed field {field}"
            ));
        }
    }
    Ok(())
}

/// The index that serves a filter and an order: it has just these fields, in this order. `None`: the ids do.
pub fn index_for<'a>(
    indexes: &'a [Index],
    filter: Option<&str>,
    order: Order,
) -> Result<Option<&'a Index>, StoreError> {
    let ordered = match order {
        Order::Id => None,
        Order::Ascending(field) | Order::Descending(field) => Some(field),
    };
    let wanted: Vec<&str> = filter.into_iter().chain(ordered).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    match indexes.iter().find(|index| index.fields == wanted) {
        Some(index) => Ok(Some(index)),
        None => refuse(format!("no declared index has just the fields {}", wanted.join(", "))),
    }
}

/// Checks that a filter compares with a string or an integer.
pub fn filter(filter: &Filter) -> Result<(), StoreError> {
    if is_key(&filter.value) {
        return Ok(());
    }
    refuse(format!("the filter on {} compares with neither a string nor an integer", filter.field))
}

/// The integer that an upsert compares.
pub fn greater(document: &Document, field: &str) -> Result<i64, StoreError> {
    if !is_field(field) {
        return refuse(format!("the field name {field:?} is not camelCase"));
    }
    match document.integer(field) {
        Some(value) => Ok(value),
        None => refuse(format!("{:?} has no integer in the field {field}", document.id)),
    }
}

/// The size of an object as BSON, if it can be held. A name's dot, `$` or `%` may need three bytes there.
fn object(fields: &Map<String, Value>, depth: usize) -> Result<usize, &'static str> {
    let mut size = 5;
    for (name, value) in fields {
        if name.contains('\0') {
            return Err("has a NUL in a field's name");
        }
        let escaped = 2 * name.bytes().filter(|byte| b".$%".contains(byte)).count();
        size += 2 + name.len() + escaped + holdable(value, depth)?;
    }
    Ok(size)
}

/// The size of a value as BSON, if it can be held.
fn holdable(value: &Value, depth: usize) -> Result<usize, &'static str> {
    match value {
        _ if depth > MAX_DEPTH => Err("is nested too deep"),
        Value::Number(number) if number.as_u64().is_some() && number.as_i64().is_none() => {
            Err("has an integer beyond 64 bits with a sign")
        }
        Value::Null => Ok(0),
        Value::Bool(_) => Ok(1),
        Value::Number(_) => Ok(8),
        Value::String(text) => Ok(5 + text.len()),
        Value::Array(values) => {
            let digits = values.len().to_string().len();
            values.iter().try_fold(5, |size, value| Ok(size + 2 + digits + holdable(value, depth + 1)?))
        }
        Value::Object(fields) => object(fields, depth + 1),
    }
}

fn is_field(name: &str) -> bool {
    is_name(name, |b| b.is_ascii_lowercase(), |b| b.is_ascii_alphanumeric())
}

fn is_key(value: &Value) -> bool {
    value.is_string() || value.is_i64()
}

fn is_name(name: &str, first: impl Fn(u8) -> bool, rest: impl Fn(u8) -> bool) -> bool {
    name.len() <= 64 && name.bytes().next().is_some_and(first) && name.bytes().all(rest)
}

fn refuse<T>(why: String) -> Result<T, StoreError> {
    Err(StoreError::Refused(why))
}
