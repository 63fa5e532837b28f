//! What the tests of this crate share: a database each, and faults in its server.
#![allow(dead_code, unused_imports, reason = "each test binary uses some of it")]

mod wire;

pub(crate) use wire::Wire;

use mongodb::bson::{Document as Fields, doc};
use mongodb::{Client, Database};
use pawnshop_servers::Mongo;
use pawnshop_store::{Document, Inserted, Store, StoreError};
use pawnshop_store_mongodb::{MongoOptions, MongoStore};
use serde_json::Value;
use std::fmt::Debug;
use std::future::Future;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

/// A database of its own, dropped at the end.
pub(crate) struct Home {
    uri: String,
    /// The database's name, and the store's app name: fail points are for it alone.
    pub(crate) name: String,
    _alone: Option<MutexGuard<'static, ()>>,
}

impl Home {
    /// On the server that all tests share.
    pub(crate) async fn new() -> Self {
        // Elsewhere, as the compiler cannot tell that this future is `Send` (rust-lang/rust#110338).
        let shared = tokio::task::spawn_blocking(|| block_on(Mongo::shared()));
        Self::on(shared.await.unwrap().unwrap(), None)
    }

    /// On a server whose commands may be made to fail: one that nobody else uses, and one test at a time, as a
    /// server has one such fail point. `None`, noted with the test's name, where there is none.
    pub(crate) async fn faulty(test: &str) -> Option<Self> {
        static SERVER: OnceCell<Mongo> = OnceCell::const_new();
        static ALONE: Mutex<()> = Mutex::const_new(());
        if let Err(why) = Mongo::installed() {
            pawnshop_servers::skip(&format!("store-mongodb faults {test}"), &why);
            return None;
        }
        let alone = ALONE.lock().await;
        Some(Self::on(SERVER.get_or_init(async || Mongo::start().await.unwrap()).await, Some(alone)))
    }

    fn on(server: &Mongo, alone: Option<MutexGuard<'static, ()>>) -> Self {
        let name = format!("test-{:016x}", rand::random::<u64>());
        Self { uri: server.uri().to_owned(), name, _alone: alone }
    }

    pub(crate) fn options(&self) -> MongoOptions {
        let mut options = MongoOptions::new(self.uri.clone().into(), self.name.clone());
        options.app_name = self.name.clone();
        options
    }

    pub(crate) fn open(&self) -> MongoStore {
        MongoStore::start(self.options()).unwrap()
    }

    /// The server's address.
    pub(crate) fn address(&self) -> String {
        let rest = self.uri.split("://").last().unwrap();
        rest.rsplit('@').next().unwrap().split(['/', '?', ',']).next().unwrap().to_owned()
    }

    /// The database as an operator sees it, past the store and its fail points.
    pub(crate) async fn database(&self) -> Database {
        Client::with_uri_str(&self.uri).await.unwrap().database(&self.name)
    }

    /// Makes commands of the store fail, from now on or so many times, until told otherwise.
    pub(crate) async fn fail(&self, commands: &[&str], times: Option<i32>, how: Fields) {
        let mut data = doc! {"failCommands": commands, "appName": &self.name};
        data.extend(how);
        let mode = times.map_or("alwaysOn".into(), |times| doc! {"times": times}.into());
        self.configure(mode, data).await;
    }

    /// Makes commands work again.
    pub(crate) async fn heal(&self) {
        self.configure("off".into(), doc! {}).await;
    }

    async fn configure(&self, mode: mongodb::bson::Bson, data: Fields) {
        let command = doc! {"configureFailPoint": "failCommand", "mode": mode, "data": data};
        let admin = Client::with_uri_str(&self.uri).await.unwrap().database("admin");
        admin.run_command(command).await.expect("a server with test commands");
    }
}

impl Drop for Home {
    /// On a runtime of its own: the test's own may be ending, and cannot be waited in.
    fn drop(&mut self) {
        let drop = async {
            let client = Client::with_uri_str(&self.uri).await?;
            client.database(&self.name).drop().await
        };
        let dropped = std::thread::scope(|scope| scope.spawn(|| block_on(drop)).join());
        if !std::thread::panicking() {
            dropped.expect("the database was dropped").unwrap();
        }
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub(crate) fn doc_of(id: &str, body: Value) -> Document {
    Document::new(id, body.as_object().cloned().unwrap())
}

#[track_caller]
pub(crate) fn unavailable<T: Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}

#[track_caller]
pub(crate) fn refused<T: Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(StoreError::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// Repeats an insert until the store answers, as a worker does.
pub(crate) async fn insert_at_last(
    store: &MongoStore,
    collection: &pawnshop_store::Collection,
    documents: &[Document],
) -> Vec<Inserted> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        match store.insert_many(collection, documents.to_vec()).await {
            Ok(answers) => return answers,
            Err(error) => assert!(std::time::Instant::now() < deadline, "{error}"),
        }
    }
}
