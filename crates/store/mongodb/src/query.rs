use crate::document::{date, decode};
use crate::failure::store_error;
use futures::TryStreamExt;
use mongodb::bson::{Bson, Document as Fields, RawDocumentBuf, doc};
use mongodb::{Collection, Cursor, Database};
use pawnshop_domain::Instant;
use pawnshop_store::{Document, Find, Order, StoreError};
use serde_json::Value;
use std::time::Duration;

/// The most documents that one request asks for in its first reply; 16 MB end a reply in any case.
const MOST_AT_ONCE: usize = 100_000;

/// Ids in one filter: at their longest still within a command.
const IDS_AT_ONCE: usize = 10_000;

/// How documents are read.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    /// Those that have not expired by then.
    pub(crate) now: Instant,
    /// In this time, or not at all.
    pub(crate) deadline: Duration,
}

/// What has not expired at this time of the server's. Not "absent or later": alternatives would be planned each by itself.
pub(crate) fn live(now: Instant) -> Fields {
    doc! {"_expiresAt": {"$not": {"$lte": date(now)}}}
}

/// A value as an index compares it: only text and whole numbers are indexed.
pub(crate) fn indexed(value: &Value) -> Bson {
    match value {
        Value::String(text) => Bson::String(text.clone()),
        value => value.as_i64().map_or(Bson::Null, Bson::Int64),
    }
}

/// The documents of these ids.
pub(crate) async fn get_many(
    collection: &Collection<RawDocumentBuf>,
    ids: &[String],
    Reading { now, deadline }: Reading,
) -> Result<Vec<Document>, StoreError> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut documents = Vec::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let mut filter = live(now);
        filter.insert("_id", doc! {"$in": ids});
        let found = collection
            .find(filter)
            .batch_size(at_once(ids.len()))
            .max_time(deadline)
            .await
            .map_err(|error| store_error(&error))?;
        documents.append(&mut collect(found).await?);
    }
    Ok(documents)
}

/// A page.
pub(crate) async fn find(
    collection: &Collection<RawDocumentBuf>,
    query: &Find,
    Reading { now, deadline }: Reading,
) -> Result<Vec<Document>, StoreError> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let mut filter = live(now);
    if let Some(equals) = &query.filter {
        filter.insert(equals.field, indexed(&equals.value));
    }
    match (query.order, &query.after) {
        (Order::Id, after) => {
            filter.insert("_id", doc! {"$gt": after.as_ref().map_or("", |after| &after.id)});
        }
        (Order::Ascending(_) | Order::Descending(_), None) => filter.extend(ordered(query.order)),
        (Order::Ascending(field), Some(after)) => {
            let rest =
                [doc! {field: after.value, "_id": {"$gt": &after.id}}, doc! {field: {"$gt": after.value}}];
            filter.insert("$or", rest.to_vec());
        }
        (Order::Descending(field), Some(after)) => {
            let rest =
                [doc! {field: after.value, "_id": {"$gt": &after.id}}, doc! {field: {"$lt": after.value}}];
            filter.insert("$or", rest.to_vec());
        }
    }
    let found = collection
        .find(filter)
        .sort(sort(query.order))
        .limit(i64::try_from(query.limit).unwrap_or(i64::MAX))
        .batch_size(at_once(query.limit))
        .max_time(deadline)
        .await
        .map_err(|error| store_error(&error))?;
    collect(found).await
}

/// What time it is on the server, by the answer that it gives to everybody who connects.
pub(crate) async fn clock(database: &Database) -> Result<Instant, StoreError> {
    let hello = database.run_command(doc! {"hello": 1}).await.map_err(|error| store_error(&error))?;
    match hello.get_datetime("localTime") {
        Ok(time) => Ok(Instant::from_micros(time.timestamp_millis().saturating_mul(1_000))),
        Err(error) => Err(StoreError::Refused(format!("the server does not tell its time: {error}"))),
    }
}

/// Deletes what of these ids has not expired; how many.
pub(crate) async fn delete(
    collection: &Collection<RawDocumentBuf>,
    ids: &[String],
    now: Instant,
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for ids in ids.chunks(IDS_AT_ONCE) {
        let mut filter = live(now);
        filter.insert("_id", doc! {"$in": ids});
        deleted += collection.delete_many(filter).await.map_err(|error| store_error(&error))?.deleted_count;
    }
    Ok(deleted)
}

/// What an order leaves in: documents with the integer, as MongoDB compares numbers with numbers only.
pub(crate) fn ordered(order: Order) -> Fields {
    match order {
        Order::Id => Fields::new(),
        Order::Ascending(field) | Order::Descending(field) => doc! {field: {"$gte": i64::MIN}},
    }
}

/// Ids break ties, ascending; MongoDB compares text byte by byte.
pub(crate) fn sort(order: Order) -> Fields {
    match order {
        Order::Id => doc! {"_id": 1},
        Order::Ascending(field) => doc! {field: 1, "_id": 1},
        Order::Descending(field) => doc! {field: -1, "_id": 1},
    }
}

/// A first reply with all of it, so that a page costs one round trip.
pub(crate) fn at_once(documents: usize) -> u32 {
    u32::try_from(documents.clamp(1, MOST_AT_ONCE)).unwrap_or(u32::MAX)
}

/// Everything that a cursor gives.
pub(crate) async fn collect(mut found: Cursor<RawDocumentBuf>) -> Result<Vec<Document>, StoreError> {
    let mut documents = Vec::new();
    while let Some(raw) = found.try_next().await.map_err(|error| store_error(&error))? {
        documents.push(decode(&raw)?);
    }
    Ok(documents)
}
