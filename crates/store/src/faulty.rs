//! For tests (feature `testing`): a store whose calls are counted, and fail, hang or take their time when told to.

use crate::{Collection, Document, Find, Inserted, Order, Store, StoreError};
use async_trait::async_trait;
use pawnshop_domain::Instant;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// The methods of a [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method of its name")]
pub enum Method {
    Declare,
    InsertMany,
    GetMany,
    Find,
    FindGrouped,
    UpdateIfUnchanged,
    UpsertIfGreater,
    Delete,
    Ping,
    Clock,
}

/// A call that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// What is called.
    pub method: Method,
    /// On which collection; `None` for those that are about none.
    pub collection: Option<&'static str>,
    /// How many documents are to be inserted; 0 for other methods.
    pub documents: usize,
    /// How many calls of this method came before.
    pub earlier: usize,
}

/// What becomes of a call in place of being made.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It fails, and changes nothing.
    Fail(StoreError),
    /// It is never answered, however the store is healed meanwhile.
    Hang,
    /// It is made after this time.
    Delay(Duration),
    /// An insert is answered so, and nothing is inserted. Other methods are called as ever.
    Answer(Vec<Inserted>),
}

impl Fault {
    /// It fails as if the store were away.
    pub fn unavailable() -> Self {
        Self::Fail(StoreError::Unavailable("told to fail".to_owned()))
    }
}

/// A store behind a rule that says what becomes of each call.
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    rule: RwLock<Rule>,
    calls: Mutex<HashMap<Method, Calls>>,
    /// By how many microseconds its clock is ahead of the inner store's.
    ahead_us: AtomicI64,
}

type Rule = Arc<dyn Fn(&Call) -> Option<Fault> + Send + Sync>;

#[derive(Clone, Copy, Default)]
struct Calls {
    all: usize,
    now: usize,
    most: usize,
}

impl FaultyStore {
    /// Passes every call on, until told otherwise.
    pub fn over(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            rule: RwLock::new(Arc::new(|_| None)),
            calls: Mutex::default(),
            ahead_us: AtomicI64::default(),
        }
    }

    /// The store itself, which always works.
    pub fn inner(&self) -> &Arc<dyn Store> {
        &self.inner
    }

    /// From now on this rule alone holds: `None` passes a call on.
    pub fn fault(&self, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) {
        *self.rule.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rule);
    }

    /// From now on every call is passed on.
    pub fn heal(&self) {
        self.fault(|_| None);
    }

    /// From now on the store's clock is by so many microseconds ahead of what it was; behind, below zero.
    pub fn move_clock(&self, ahead_us: i64) {
        self.ahead_us.store(ahead_us, Ordering::Relaxed);
    }

    /// How many calls of a method there were, whatever became of them.
    pub fn calls(&self, method: Method) -> usize {
        self.count(method, |calls| calls.all)
    }

    /// How many calls of a method there were side by side at most.
    pub fn most_at_once(&self, method: Method) -> usize {
        self.count(method, |calls| calls.most)
    }

    fn count(&self, method: Method, change: impl FnOnce(&mut Calls) -> usize) -> usize {
        change(self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(method).or_default())
    }

    /// Lets a call meet its fault; it is under way for as long as what is returned lives.
    async fn begin(
        &self,
        method: Method,
        collection: Option<&Collection>,
        documents: usize,
    ) -> Result<UnderWay<'_>, StoreError> {
        let earlier = self.count(method, |calls| {
            calls.all += 1;
            calls.now += 1;
            calls.most = calls.most.max(calls.now);
            calls.all - 1
        });
        let mut under_way = UnderWay { store: self, method, answer: None };
        let collection = collection.map(|collection| collection.name);
        let call = Call { method, collection, documents, earlier };
        let rule = Arc::clone(&self.rule.read().unwrap_or_else(PoisonError::into_inner));
        match rule(&call) {
            None => {}
            Some(Fault::Fail(error)) => return Err(error),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            Some(Fault::Answer(answer)) => under_way.answer = Some(answer),
        }
        Ok(under_way)
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").finish_non_exhaustive()
    }
}

struct UnderWay<'a> {
    store: &'a FaultyStore,
    method: Method,
    answer: Option<Vec<Inserted>>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.store.count(self.method, |calls| {
            calls.now -= 1;
            calls.now
        });
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn declare(&self, collections: &[Collection]) -> Result<(), StoreError> {
        let _call = self.begin(Method::Declare, None, 0).await?;
        self.inner.declare(collections).await
    }

    async fn insert_many(
        &self,
        collection: &Collection,
        documents: Vec<Document>,
    ) -> Result<Vec<Inserted>, StoreError> {
        let mut call = self.begin(Method::InsertMany, Some(collection), documents.len()).await?;
        match call.answer.take() {
            Some(answer) => Ok(answer),
            None => self.inner.insert_many(collection, documents).await,
        }
    }

    async fn get_many(&self, collection: &Collection, ids: &[String]) -> Result<Vec<Document>, StoreError> {
        let _call = self.begin(Method::GetMany, Some(collection), 0).await?;
        self.inner.get_many(collection, ids).await
    }

    async fn find(&self, collection: &Collection, query: &Find) -> Result<Vec<Document>, StoreError> {
        let _call = self.begin(Method::Find, Some(collection), 0).await?;
        self.inner.find(collection, query).await
    }

    async fn find_grouped(
        &self,
        collection: &Collection,
        field: &'static str,
        keys: &[String],
        order: Order,
        limit: usize,
    ) -> Result<HashMap<String, Vec<Document>>, StoreError> {
        let _call = self.begin(Method::FindGrouped, Some(collection), 0).await?;
        self.inner.find_grouped(collection, field, keys, order, limit).await
    }

    async fn update_if_unchanged(
        &self,
        collection: &Collection,
        document: Document,
    ) -> Result<bool, StoreError> {
        let _call = self.begin(Method::UpdateIfUnchanged, Some(collection), 0).await?;
        self.inner.update_if_unchanged(collection, document).await
    }

    async fn upsert_if_greater(
        &self,
        collection: &Collection,
        document: Document,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        let _call = self.begin(Method::UpsertIfGreater, Some(collection), 0).await?;
        self.inner.upsert_if_greater(collection, document, field).await
    }

    async fn delete(&self, collection: &Collection, ids: &[String]) -> Result<u64, StoreError> {
        let _call = self.begin(Method::Delete, Some(collection), 0).await?;
        self.inner.delete(collection, ids).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let _call = self.begin(Method::Ping, None, 0).await?;
        self.inner.ping().await
    }

    async fn clock(&self) -> Result<Instant, StoreError> {
        let _call = self.begin(Method::Clock, None, 0).await?;
        let told = self.inner.clock().await?.as_micros();
        Ok(Instant::from_micros(told + self.ahead_us.load(Ordering::Relaxed)))
    }

    fn system(&self) -> &'static str {
        self.inner.system()
    }
}
