use crate::clock::ServerClock;
use crate::connect::Connection;
use crate::options::{Deadlines, MongoOptions, StartError};
use crate::query::Reading;
use crate::{declare, groups, insert, query, replace};
use async_trait::async_trait;
use mongodb::bson::{DateTime, RawDocumentBuf, doc};
use pawnshop_store::{Collection, Document, Find, Index, Inserted, Order, Store, StoreError, meters, rules};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long an index of a large collection may take to build.
const DECLARE_DEADLINE: Duration = Duration::from_secs(600);

/// Where a ping writes; no declared collection can have this name.
const PING: &str = "_ping";

/// Documents in a MongoDB database, shared by any number of processes.
pub struct MongoStore {
    connection: Connection,
    clock: ServerClock,
    deadlines: Deadlines,
    /// The indexes of all collections declared by this process.
    declared: RwLock<HashMap<&'static str, Vec<Index>>>,
}

impl MongoStore {
    /// Checks the options, within a Tokio runtime; the server need not be there. It is connected to in the
    /// background, again and again.
    pub fn start(options: MongoOptions) -> Result<Self, StartError> {
        meters::describe();
        let deadlines = options.deadlines;
        let (clock, declared) = (ServerClock::default(), RwLock::default());
        Ok(Self { connection: Connection::new(options)?, clock, deadlines, declared })
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        collections.iter().try_for_each(rules::declaration)?;
        for collection in collections {
            measured("declare", DECLARE_DEADLINE, async {
                declare::apply(self.connection.database().await?, collection).await
            })
            .await?;
            self.remember(collection);
        }
        Ok(())
    }

    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError> {
        let encoded = insert::encode_all(&self.indexes(collection)?, &documents)?;
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        meters::inserting(collection, documents.len());
        self.call("insert_many", async {
            insert::apply(&self.documents(collection).await?, &documents, &encoded, self.now().await?).await
        })
        .await
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        self.indexes(collection)?;
        self.call("get_many", async {
            query::get_many(&self.documents(collection).await?, ids, self.reading().await?).await
        })
        .await
    }

    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError> {
        let indexes = self.indexes(collection)?;
        if let Some(filter) = &query.filter {
            rules::filter(filter)?;
        }
        rules::index_for(&indexes, query.filter.as_ref().map(|filter| filter.field), query.order)?;
        self.call("find", async {
            query::find(&self.documents(collection).await?, query, self.reading().await?).await
        })
        .await
    }

    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        rules::index_for(&self.indexes(collection)?, Some(field), order)?;
        self.call("find_grouped", async {
            let (database, reading) = (self.connection.database().await?, self.reading().await?);
            groups::find(database, collection.name, field, keys, order, limit, reading).await
        })
        .await
    }

    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError> {
        let encoded = crate::document::encode(&self.indexes(collection)?, &document)?;
        self.call("update_if_unchanged", async {
            replace::update(&self.documents(collection).await?, &document, &encoded, self.now().await?).await
        })
        .await
    }

    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        let indexes = self.indexes(collection)?;
        let value = rules::greater(&document, field)?;
        let encoded = crate::document::encode(&indexes, &document)?;
        self.call("upsert_if_greater", async {
            let (documents, now) = (self.documents(collection).await?, self.now().await?);
            replace::upsert(&documents, &document, &encoded, field, value, now).await
        })
        .await
    }

    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError> {
        self.indexes(collection)?;
        self.call("delete", async {
            query::delete(&self.documents(collection).await?, ids, self.now().await?).await
        })
        .await
    }

    /// Writes, as a primary without its majority would still answer reads: one document for all processes, replaced
    /// with every ping. It is no hot one as long as each process shares its answers among those who ask, as a
    /// worker's probes do, at most once a second (`pawnshop_runtime::ProbeRounds`); while the store is away, a
    /// worker's circuit asks as well, with a back-off.
    async fn ping(&self) -> Result<(), StoreError> {
        let ping = Collection { name: PING, indexes: &[] };
        self.call("ping", async {
            let documents = self.documents(&ping).await?;
            let now = doc! {"$set": {"at": DateTime::now()}};
            match documents.update_one(doc! {"_id": PING}, now).upsert(true).await {
                Ok(_) => Ok(()),
                Err(error) => Err(crate::failure::store_error(&error)),
            }
        })
        .await
    }

    /// The primary's, in whole milliseconds.
    async fn clock(&self) -> Result<pawnshop_domain::Instant, StoreError> {
        self.call("clock", async { query::clock(self.connection.database().await?).await }).await
    }

    fn system(&self) -> &'static str {
        "mongodb"
    }
}

impl MongoStore {
    async fn call<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        measured(operation, self.deadlines.operation, work).await
    }

    /// By the server's clock.
    async fn now(&self) -> Result<pawnshop_domain::Instant, StoreError> {
        self.clock.now(self.connection.database().await?).await
    }

    async fn reading(&self) -> Result<Reading, StoreError> {
        Ok(Reading { now: self.now().await?, deadline: self.deadlines.operation })
    }

    async fn documents(
        &self,
        collection: &Collection,
    ) -> Result<mongodb::Collection<RawDocumentBuf>, StoreError> {
        Ok(self.connection.database().await?.collection(collection.name))
    }

    /// The indexes that a collection was declared with.
    fn indexes(&self, collection: &Collection) -> Result<Vec<Index>, StoreError> {
        let declared = self.declared.read().unwrap_or_else(PoisonError::into_inner);
        declared.get(collection.name).cloned().ok_or_else(|| {
            StoreError::Refused(format!("the collection {:?} was not declared", collection.name))
        })
    }

    fn remember(&self, collection: &Collection) {
        let mut declared = self.declared.write().unwrap_or_else(PoisonError::into_inner);
        let indexes = declared.entry(collection.name).or_default();
        for index in collection.indexes {
            if !indexes.contains(index) {
                indexes.push(*index);
            }
        }
    }
}

impl fmt::Debug for MongoStore {
    /// Without the URI, which holds a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").field("declared", &self.declared).finish_non_exhaustive()
    }
}

/// Bounds a call and measures it.
async fn measured<T>(
    operation: &'static str,
    deadline: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let started = Instant::now();
    let late = || StoreError::Unavailable(format!("{operation} took longer than {deadline:?}"));
    let result = timeout(deadline, work).await.unwrap_or_else(|_| Err(late()));
    meters::ended(operation, started.elapsed(), &result);
    result
}
