//! What an error means: [`StoreError::Unavailable`] passes and says nothing about the documents (decision D2),
//! [`StoreError::Refused`] never passes. An error that is not in the table is taken for an outage: a worker
//! repeats then, where it would give events up.

use mongodb::error::{Error, ErrorKind, RETRYABLE_WRITE_ERROR, WriteFailure};
use pawnshop_store::StoreError;

/// The server's codes that are about the request, whatever state the server is in.
/// (<https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml>)
const REFUSALS: &[(i32, &str)] = &[
    (2, "BadValue"),
    (9, "FailedToParse"),
    (14, "TypeMismatch"),
    (15, "Overflow"),
    (22, "InvalidBSON"),
    (28, "PathNotViable"),
    (40, "ConflictingUpdateOperators"),
    (52, "DollarPrefixedFieldName"),
    (53, "InvalidIdField"),
    (54, "NotSingleValueField"),
    (56, "EmptyFieldName"),
    (57, "DottedFieldName"),
    (66, "ImmutableField"),
    (67, "CannotCreateIndex"),
    (68, "IndexAlreadyExists"),
    (72, "InvalidOptions"),
    (73, "InvalidNamespace"),
    (85, "IndexOptionsConflict"),
    (86, "IndexKeySpecsConflict"),
    (121, "DocumentValidationFailure"),
    (197, "InvalidIndexSpecificationOption"),
    (10334, "BSONObjectTooLarge"),
    (11000, "DuplicateKey"),
    (17280, "KeyTooLong"),
    (17419, "resulting document too large"),
    (17420, "document to insert too large"),
];

const DUPLICATE_KEY: i32 = 11000;

/// The most of a server's words that an error repeats, in bytes.
const MOST_WORDS: usize = 500;

/// What callers are told.
pub(crate) fn store_error(error: &Error) -> StoreError {
    let why = describe(error);
    if is_refusal(error) { StoreError::Refused(why) } else { StoreError::Unavailable(why) }
}

/// Whether a request that failed so can never succeed.
pub(crate) fn is_refusal(error: &Error) -> bool {
    if error.contains_label(RETRYABLE_WRITE_ERROR) {
        return false;
    }
    match error.kind.as_ref() {
        ErrorKind::InvalidArgument { .. } => true,
        ErrorKind::Command(command) => refuses(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => refuses(write.code),
        ErrorKind::InsertMany(insert) => {
            insert.write_concern_error.is_none()
                && insert.write_errors.iter().flatten().all(|write| refuses(write.code))
        }
        _ => false,
    }
}

/// What went wrong, without the server's whole reply, which may hold documents.
pub(crate) fn describe(error: &Error) -> String {
    let mut why = match error.kind.as_ref() {
        ErrorKind::InsertMany(insert) => match (&insert.write_concern_error, &insert.write_errors) {
            (Some(concern), _) => format!("write concern: {} ({})", concern.message, concern.code),
            (None, Some(writes)) => match writes.iter().find(|write| write.code != DUPLICATE_KEY) {
                Some(write) => format!("{} ({})", write.message, write.code),
                None => "duplicate keys".to_owned(),
            },
            (None, None) => "an insert failed without a reason".to_owned(),
        },
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => {
            format!("write concern: {} ({})", concern.message, concern.code)
        }
        ErrorKind::Write(WriteFailure::WriteError(write)) => format!("{} ({})", write.message, write.code),
        ErrorKind::Command(command) => format!("{} ({})", command.message, command.code),
        kind => kind.to_string(),
    };
    if why.len() > MOST_WORDS {
        why.truncate(why.floor_char_boundary(MOST_WORDS));
        why.push('…');
    }
    why
}

/// Says which unique index a write failed by, if that is why it failed.
pub(crate) fn clash(error: &Error) -> Option<Clash> {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(write)) => Clash::of(write.code, &write.message),
        ErrorKind::Command(command) => Clash::of(command.code, &command.message),
        _ => None,
    }
}

/// What two documents share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clash {
    /// The id.
    Id,
    /// The values of these fields, in a unique index.
    Fields(Vec<String>),
}

impl Clash {
    /// The driver keeps the server's words only: `E11000 duplicate key error collection: shop.items index:
    /// eventId_1 dup key: { eventId: "…" }`. Names of indexes tell their fields (`declare`);
    /// one that somebody else made and named is told by its name.
    pub(crate) fn of(code: i32, message: &str) -> Option<Self> {
        if code != DUPLICATE_KEY {
            return None;
        }
        let (_, rest) = message.split_once(" index: ")?;
        let name = rest.split(" dup key: ").next()?.trim();
        if name == "_id_" {
            return Some(Self::Id);
        }
        let parts: Vec<&str> = name.split('_').collect();
        let fields: Option<Vec<&str>> = parts
            .chunks(2)
            .map(|pair| match pair {
                [field, "1"] => Some(*field),
                _ => None,
            })
            .collect();
        let fields = fields.unwrap_or_else(|| vec![name]);
        Some(Self::Fields(fields.into_iter().map(str::to_owned).collect()))
    }
}

fn refuses(code: i32) -> bool {
    REFUSALS.iter().any(|(refusal, _)| *refusal == code)
}

#[cfg(test)]
mod tests;
