use crate::names::{escape, unescape};
use mongodb::bson::raw::{CStr, cstr};
use mongodb::bson::{self, Bson, DateTime, RawArrayBuf, RawBson, RawBsonRef, RawDocument, RawDocumentBuf};
use pawnshop_domain::Instant;
use pawnshop_store::{Document, Index, Revision, StoreError, rules};
use serde_json::{Map, Value};

const ID: &str = "_id";
const EXPIRES_AT: &str = "_expiresAt";
const REVISION: &str = "_revision";
/// The names of the top-level fields that are null.
const NULLS: &str = "_nulls";

/// A byte of BSON is at most six of JSON (`\u0000`): what is small there is small here.
const MOST_JSON_PER_BSON: usize = 6;

/// Checks a document and encodes it, with a revision that it never had.
pub(crate) fn encode(indexes: &[Index], document: &Document) -> Result<RawDocumentBuf, StoreError> {
    rules::document(indexes, document)?;
    let unholdable = |error: bson::error::Error| {
        StoreError::Refused(format!("{:?} cannot be encoded: {error}", document.id))
    };
    let mut raw = RawDocumentBuf::new();
    raw.append(cstr!("_id"), document.id.as_str());
    let mut nulls = RawArrayBuf::new();
    for (name, value) in &document.body {
        if value.is_null() {
            nulls.push(name.as_str());
        } else {
            append(&mut raw, name, value).map_err(unholdable)?;
        }
    }
    if !nulls.is_empty() {
        raw.append(cstr!("_nulls"), &*nulls);
    }
    if let Some(expires_at) = document.expires_at {
        raw.append(cstr!("_expiresAt"), date(expires_at));
    }
    raw.append(cstr!("_revision"), rand::random::<i64>());
    if raw.as_bytes().len() > rules::MAX_BODY_BYTES / MOST_JSON_PER_BSON {
        small_enough(document)?;
    }
    Ok(raw)
}

/// The document of what a server sent.
pub(crate) fn decode(raw: &RawDocument) -> Result<Document, StoreError> {
    let unreadable = |why: String| StoreError::Refused(format!("a document of no Pawnshop: {why}"));
    let (mut id, mut expires_at, mut revision) = (None, None, Revision::default());
    let mut body = Map::new();
    for field in raw {
        let (name, value) = field.map_err(|error| unreadable(error.to_string()))?;
        match (name.as_str(), value) {
            (ID, RawBsonRef::String(text)) => id = Some(text.to_owned()),
            (EXPIRES_AT, RawBsonRef::DateTime(date)) => expires_at = Some(instant(date)),
            (REVISION, RawBsonRef::Int64(number)) => revision = Revision(number),
            (NULLS, RawBsonRef::Array(names)) => {
                let names = names.into_iter().filter_map(|name| name.ok()?.as_str().map(str::to_owned));
                body.extend(names.map(|name| (name, Value::Null)));
            }
            (own, _) if own.starts_with('_') => {}
            (name, value) => {
                let value = json(value).map_err(|error| unreadable(error.to_string()))?;
                body.insert(unescape(name).into_owned(), value);
            }
        }
    }
    match id {
        Some(id) => Ok(Document { id, expires_at, body, revision }),
        None => Err(unreadable("its _id is not text".to_owned())),
    }
}

/// An instant as MongoDB's dates have it, cut to the millisecond: nothing is seen after it expired.
pub(crate) fn date(instant: Instant) -> DateTime {
    DateTime::from_millis(instant.as_micros().div_euclid(1000))
}

fn instant(date: DateTime) -> Instant {
    Instant::from_micros(date.timestamp_millis().saturating_mul(1000))
}

/// Refuses what other backends would, which keep JSON.
fn small_enough(document: &Document) -> Result<(), StoreError> {
    let id = &document.id;
    let size = serde_json::to_vec(&document.body)
        .map_err(|error| StoreError::Refused(format!("{id:?} cannot be encoded: {error}")))?
        .len();
    let most = rules::MAX_BODY_BYTES;
    if size > most {
        return Err(StoreError::Refused(format!("{id:?} has a body of {size} bytes; {most} is the most")));
    }
    Ok(())
}

fn append(raw: &mut RawDocumentBuf, name: &str, value: &Value) -> Result<(), bson::error::Error> {
    let name = escape(name);
    let name: &CStr = name.as_ref().try_into()?;
    match value {
        Value::String(text) => raw.append(name, text.as_str()),
        value => raw.append(name, bson(value)?),
    }
    Ok(())
}

fn bson(value: &Value) -> Result<RawBson, bson::error::Error> {
    Ok(match value {
        Value::Null => RawBson::Null,
        Value::Bool(value) => RawBson::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => RawBson::Int64(integer),
            None => RawBson::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => RawBson::String(text.clone()),
        Value::Array(values) => {
            let mut array = RawArrayBuf::new();
            for value in values {
                array.push(bson(value)?);
            }
            RawBson::Array(array)
        }
        Value::Object(fields) => {
            let mut document = RawDocumentBuf::new();
            for (name, value) in fields {
                append(&mut document, name, value)?;
            }
            RawBson::Document(document)
        }
    })
}

/// What MongoDB alone knows, because somebody wrote it by hand, is told as text.
fn json(value: RawBsonRef<'_>) -> Result<Value, bson::error::Error> {
    Ok(match value {
        RawBsonRef::Null | RawBsonRef::Undefined => Value::Null,
        RawBsonRef::Boolean(value) => Value::Bool(value),
        RawBsonRef::Int32(integer) => Value::from(integer),
        RawBsonRef::Int64(integer) => Value::from(integer),
        RawBsonRef::Double(number) => Value::from(number),
        RawBsonRef::String(text) => Value::from(text),
        RawBsonRef::Array(values) => {
            Value::Array(values.into_iter().map(|value| json(value?)).collect::<Result<_, _>>()?)
        }
        RawBsonRef::Document(fields) => {
            let mut object = Map::new();
            for field in fields {
                let (name, value) = field?;
                object.insert(unescape(name.as_str()).into_owned(), json(value)?);
            }
            Value::Object(object)
        }
        other => Value::String(Bson::try_from(other)?.to_string()),
    })
}

#[cfg(test)]
mod tests;
