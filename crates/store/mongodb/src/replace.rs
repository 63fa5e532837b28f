use crate::document::date;
use crate::failure::{self, Clash, store_error};
use crate::insert::remove_expired;
use crate::query::live;
use mongodb::Collection;
use mongodb::bson::{Document as Fields, RawDocumentBuf, doc};
use mongodb::error::Error;
use pawnshop_domain::Instant;
use pawnshop_store::{Document, StoreError};

/// Replaces a document that is still the one seen.
pub(crate) async fn update(
    collection: &Collection<RawDocumentBuf>,
    document: &Document,
    encoded: &RawDocumentBuf,
    now: Instant,
) -> Result<bool, StoreError> {
    loop {
        let mut seen = live(now);
        seen.insert("_id", &document.id);
        seen.insert("_revision", document.revision.0);
        match collection.replace_one(seen, encoded).await {
            Ok(done) => return Ok(done.matched_count > 0),
            Err(error) => make_way(collection, document, &error, now).await?,
        }
    }
}

/// Inserts a document, or replaces one that is expired or less by an integer field: in one operation, whose new
/// state is the stored one where that is as great. (A filter on "less" with `upsert` would have to tell a document
/// that is greater from one that another writer has just inserted, by the same duplicate key.)
pub(crate) async fn upsert(
    collection: &Collection<RawDocumentBuf>,
    document: &Document,
    encoded: &RawDocumentBuf,
    field: &str,
    value: i64,
    now: Instant,
) -> Result<bool, StoreError> {
    let new = Fields::try_from(encoded.as_ref())
        .map_err(|error| StoreError::Refused(format!("{:?} cannot be encoded: {error}", document.id)))?;
    loop {
        let stored = format!("${field}");
        let expired = doc! {"$and": [
            {"$eq": [{"$type": "$_expiresAt"}, "date"]},
            {"$lte": ["$_expiresAt", date(now)]},
        ]};
        let less = doc! {"$or": [
            {"$not": [{"$in": [{"$type": &stored}, ["int", "long"]]}]},
            {"$lt": [&stored, value]},
            expired,
        ]};
        let greatest = doc! {"$replaceWith": {"$cond": [less, {"$literal": &new}, "$$ROOT"]}};
        match collection.update_one(doc! {"_id": &document.id}, vec![greatest]).upsert(true).await {
            Ok(done) => return Ok(done.upserted_id.is_some() || done.modified_count > 0),
            Err(error) => make_way(collection, document, &error, now).await?,
        }
    }
}

/// Sees to it that a write may be tried again: where something expired has the document's unique values, it is
/// removed; a clash by id means that another writer inserted it in this instant. Any other error stands.
async fn make_way(
    collection: &Collection<RawDocumentBuf>,
    document: &Document,
    error: &Error,
    now: Instant,
) -> Result<(), StoreError> {
    match failure::clash(error) {
        None => Err(store_error(error)),
        Some(Clash::Id) => Ok(()),
        Some(clash) if remove_expired(collection, &[(document, &clash)], now).await? > 0 => Ok(()),
        Some(_) => {
            let (id, why) = (&document.id, failure::describe(error));
            Err(StoreError::Refused(format!("{id:?} has the unique values of another document: {why}")))
        }
    }
}
