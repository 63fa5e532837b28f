use mongodb::Client;
use pawnshop_store_mongodb::{MongoOptions, MongoStore};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A database of its own, dropped at the end.
pub(crate) struct Home {
    uri: String,
    database: String,
}

impl Home {
    pub(crate) async fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let uri = std::env::var("STORE_URI").unwrap_or_else(|_| "mongodb://127.0.0.1:27018".to_owned());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self { uri, database: format!("test-{:08x}-{count}", rand::random::<u32>()) }
    }

    pub(crate) fn options(&self) -> MongoOptions {
        MongoOptions::new(self.uri.clone().into(), self.database.clone())
    }

    pub(crate) fn open(&self) -> MongoStore {
        MongoStore::start(self.options()).unwrap()
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }
}

impl Drop for Home {
    /// On a runtime of its own: the test's own may be ending, and cannot be waited in.
    fn drop(&mut self) {
        let (uri, database) = (self.uri.clone(), self.database.clone());
        let drop = async {
            let client = Client::with_uri_str(uri).await?;
            client.database(&database).drop().await
        };
        let dropped = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(drop)
                })
                .join()
        });
        if !std::thread::panicking() {
            dropped.expect("the database was dropped").unwrap();
        }
    }
}
