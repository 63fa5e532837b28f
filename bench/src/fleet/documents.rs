//! The document store without a worker: the same driver, the same documents and indexes, the same durability.

use anyhow::{Context, Result, bail};
use futures::{StreamExt, TryStreamExt};
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::{Client, IndexModel};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Documents of an `insert_many`.
const BATCH: usize = 1_000;

/// A client of the store.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub(crate) client: Client,
    pub(crate) runtime: Handle,
}

/// A collection as a worker left it.
#[derive(Debug)]
pub(crate) struct Captured {
    name: String,
    indexes: Vec<IndexModel>,
    pub(crate) documents: Vec<RawDocumentBuf>,
}

impl Documents {
    pub(crate) fn open(uri: &str, runtime: &Handle) -> Result<Self> {
        // As many connections as any measurement has tasks.
        let uri = format!("{uri}&maxPoolSize=128");
        let client = runtime.block_on(Client::with_uri_str(uri))?;
        Ok(Self { client, runtime: runtime.clone() })
    }

    /// The collection of this name with its indexes.
    pub(crate) fn capture(&self, database: &str, name: &str) -> Result<Captured> {
        let collection = self.client.database(database).collection::<RawDocumentBuf>(name);
        self.runtime.block_on(async {
            let indexes: Vec<IndexModel> = collection.list_indexes().await?.try_collect().await?;
            // The index on `_id` makes itself.
            let indexes = indexes.into_iter().filter(|index| index.keys != doc! {"_id": 1}).collect();
            let documents = collection.find(doc! {}).await?.try_collect().await?;
            Ok(Captured { name: name.to_owned(), indexes, documents })
        })
    }

    /// Inserts what was captured into an empty database, unordered, so many inserts of [`BATCH`] documents at a
    /// time; how long that took.
    pub(crate) fn insert(&self, captured: &Captured, database: &str, in_flight: usize) -> Result<Duration> {
        let collection = self.client.database(database).collection::<RawDocumentBuf>(&captured.name);
        self.runtime.block_on(async {
            if !captured.indexes.is_empty() {
                collection.create_indexes(captured.indexes.iter().cloned()).await?;
            }
            let started = Instant::now();
            let inserts = captured.documents.chunks(BATCH).map(|documents| {
                let collection = collection.clone();
                async move { collection.insert_many(documents).ordered(false).await }
            });
            let mut inserts = futures::stream::iter(inserts).buffer_unordered(in_flight);
            while let Some(inserted) = inserts.next().await {
                inserted.context("a raw insert failed")?;
            }
            let elapsed = started.elapsed();
            let there = collection.count_documents(doc! {}).await?;
            if there != captured.documents.len() as u64 {
                bail!("{there} of {} documents were inserted", captured.documents.len());
            }
            Ok(elapsed)
        })
    }

    /// Deletes a database.
    pub(crate) fn discard(&self, database: &str) -> Result<()> {
        self.runtime
            .block_on(self.client.database(database).drop().into_future())
            .context("cannot drop a database")
    }
}

/// All documents of a collection whose field has this value.
pub(crate) async fn find(
    client: &Client,
    database: &str,
    collection: &str,
    field: &str,
    value: &str,
) -> Result<Vec<Document>> {
    let collection = client.database(database).collection::<Document>(collection);
    Ok(collection.find(doc! {field: value}).await?.try_collect().await?)
}
