use crate::document::{date, encode};
use crate::failure::{Clash, store_error};
use crate::query::{self, live};
use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Bson, Document as Fields, RawDocumentBuf, doc};
use mongodb::error::ErrorKind;
use pawnshop_domain::Instant;
use pawnshop_store::{Document, Index, Inserted, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Encodes documents, all or none.
pub(crate) fn encode_all(
    indexes: &[Index],
    documents: &[Document],
) -> Result<Vec<RawDocumentBuf>, StoreError> {
    documents.iter().map(|document| encode(indexes, document)).collect()
}

/// Inserts what is not there yet: all at once, and what expired documents stood in the way of once more when they
/// are gone.
pub(crate) async fn apply(
    collection: &Collection<RawDocumentBuf>,
    documents: &[Document],
    encoded: &[RawDocumentBuf],
    now: Instant,
) -> Result<Vec<Inserted>, StoreError> {
    let mut answers = vec![Inserted::New; documents.len()];
    let mut places: Vec<usize> = (0..documents.len()).collect();
    while !places.is_empty() {
        let clashes = insert(collection, encoded, &places).await?;
        places.iter().for_each(|place| answers[*place] = Inserted::New);
        let ways: Vec<(&Document, &Clash)> =
            clashes.iter().map(|(place, clash)| (&documents[*place], clash)).collect();
        let removed = remove_expired(collection, &ways, now).await?;
        places = clashes.iter().map(|(place, _)| *place).collect();
        for (place, clash) in clashes {
            answers[place] = match clash {
                Clash::Id => Inserted::DuplicateId,
                Clash::Fields(fields) => Inserted::DuplicateIndex(fields),
            };
        }
        if removed == 0 {
            break;
        }
    }
    prefer_ids(collection, documents, &mut answers, now).await?;
    Ok(answers)
}

/// Deletes the expired documents that have the id of a document, or its values in a unique index; how many.
pub(crate) async fn remove_expired(
    collection: &Collection<RawDocumentBuf>,
    ways: &[(&Document, &Clash)],
    now: Instant,
) -> Result<u64, StoreError> {
    let mut ids = Vec::new();
    let mut single: BTreeMap<String, Vec<Bson>> = BTreeMap::new();
    let mut either = Vec::new();
    for (document, clash) in ways {
        match clash {
            Clash::Id => ids.push(document.id.as_str()),
            Clash::Fields(fields) => match &fields[..] {
                [field] => single.entry(field.clone()).or_default().push(value(document, field)),
                _ => either.push(values(document, fields)),
            },
        }
    }
    let mut removed = 0;
    if !ids.is_empty() {
        removed += delete_expired(collection, doc! {"_id": {"$in": ids}}, now).await?;
    }
    for (field, values) in single {
        removed += delete_expired(collection, doc! {field: {"$in": values}}, now).await?;
    }
    for some in either.chunks(SOME) {
        removed += delete_expired(collection, doc! {"$or": some.to_vec()}, now).await?;
    }
    Ok(removed)
}

/// Alternatives in one filter: each is planned by itself.
const SOME: usize = 500;

async fn delete_expired(
    collection: &Collection<RawDocumentBuf>,
    mut filter: Fields,
    now: Instant,
) -> Result<u64, StoreError> {
    filter.insert("_expiresAt", doc! {"$lte": date(now)});
    match collection.delete_many(filter).await {
        Ok(deleted) => Ok(deleted.deleted_count),
        Err(error) => Err(store_error(&error)),
    }
}

fn values(document: &Document, fields: &[String]) -> Fields {
    fields.iter().map(|field| (field.clone(), value(document, field))).collect()
}

fn value(document: &Document, field: &str) -> Bson {
    document.body.get(field).map_or(Bson::Null, query::indexed)
}

/// Inserts the documents of these places; which ones clash, and how. A majority has journaled the others and what
/// they clash with: the server waits for that too.
async fn insert(
    collection: &Collection<RawDocumentBuf>,
    encoded: &[RawDocumentBuf],
    places: &[usize],
) -> Result<Vec<(usize, Clash)>, StoreError> {
    let documents = places.iter().map(|place| &encoded[*place]);
    let Err(error) = collection.insert_many(documents).ordered(false).await else { return Ok(Vec::new()) };
    if let ErrorKind::InsertMany(failed) = error.kind.as_ref()
        && failed.write_concern_error.is_none()
        && let Some(writes) = &failed.write_errors
    {
        let clashes = writes
            .iter()
            .map(|write| Some((*places.get(write.index)?, Clash::of(write.code, &write.message)?)))
            .collect();
        if let Some(clashes) = clashes {
            return Ok(clashes);
        }
    }
    Err(store_error(&error))
}

/// Of several clashes a server tells one. Where it told an index, a document of the id may be there as well: that
/// counts, unless it came later in this very call.
async fn prefer_ids(
    collection: &Collection<RawDocumentBuf>,
    documents: &[Document],
    answers: &mut [Inserted],
    now: Instant,
) -> Result<(), StoreError> {
    let by_index: Vec<usize> =
        (0..answers.len()).filter(|place| matches!(answers[*place], Inserted::DuplicateIndex(_))).collect();
    if by_index.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = by_index.iter().map(|place| documents[*place].id.as_str()).collect();
    let there = those_there(collection, &ids, now).await?;
    let new: HashMap<&str, usize> = (0..answers.len())
        .filter(|place| answers[*place] == Inserted::New)
        .map(|place| (documents[place].id.as_str(), place))
        .collect();
    for place in by_index {
        let id = documents[place].id.as_str();
        if there.contains(id) && new.get(id).is_none_or(|new| *new < place) {
            answers[place] = Inserted::DuplicateId;
        }
    }
    Ok(())
}

async fn those_there(
    collection: &Collection<RawDocumentBuf>,
    ids: &[&str],
    now: Instant,
) -> Result<HashSet<String>, StoreError> {
    let mut filter = live(now);
    filter.insert("_id", doc! {"$in": ids});
    let found = collection
        .clone_with_type::<Fields>()
        .find(filter)
        .projection(doc! {"_id": 1})
        .batch_size(u32::try_from(ids.len()).unwrap_or(u32::MAX))
        .await
        .map_err(|error| store_error(&error))?;
    found
        .try_filter_map(async |found| Ok(found.get_str("_id").ok().map(str::to_owned)))
        .try_collect()
        .await
        .map_err(|error| store_error(&error))
}
