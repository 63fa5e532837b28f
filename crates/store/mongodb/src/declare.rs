use crate::failure::store_error;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};
use pawnshop_store::{Collection, Index, StoreError};
use std::time::Duration;

/// How an index over these fields is called: `category_1_price_1__id_1`, as MongoDB itself would; `eventId_1` if it
/// is unique.
fn index_name(keys: &Document) -> String {
    keys.keys().map(|field| format!("{field}_1")).collect::<Vec<_>>().join("_")
}

/// Makes a collection and its indexes exist. One that is there and differs is refused, as is a unique one that
/// documents clash in.
pub(crate) async fn apply(database: &Database, collection: &Collection) -> Result<(), StoreError> {
    let models = collection.indexes.iter().map(model).chain([expiry()]);
    let documents = database.collection::<RawDocumentBuf>(collection.name);
    match documents.create_indexes(models).await {
        Ok(_) => Ok(()),
        Err(error) => Err(match store_error(&error) {
            StoreError::Refused(why) => {
                StoreError::Refused(format!("the indexes of {} cannot be made: {why}", collection.name))
            }
            unavailable => unavailable,
        }),
    }
}

/// The id comes last, so that the index gives the order as well. A unique one has one document per value, and
/// compares only those that have all its fields: of a single field a sparse index says that, and serves any look-up by
/// it; a partial one serves only where the server sees that the look-up implies its filter.
fn model(index: &Index) -> IndexModel {
    let mut keys: Document = index.fields.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
    if !index.unique {
        keys.insert("_id", 1);
    }
    let name = index_name(&keys);
    let options = match index.fields {
        _ if !index.unique => IndexOptions::builder().name(name).build(),
        [_] => IndexOptions::builder().name(name).unique(true).sparse(true).build(),
        fields => {
            let there: Document =
                fields.iter().map(|field| ((*field).to_owned(), doc! {"$exists": true}.into())).collect();
            IndexOptions::builder().name(name).unique(true).partial_filter_expression(there).build()
        }
    };
    IndexModel::builder().keys(keys).options(options).build()
}

/// MongoDB deletes what is expired within a minute or so; reads never show it.
fn expiry() -> IndexModel {
    let keys = doc! {"_expiresAt": 1};
    let options =
        IndexOptions::builder().name(index_name(&keys)).expire_after(Duration::ZERO).sparse(true).build();
    IndexModel::builder().keys(keys).options(options).build()
}
