//! The embedded store keeps the contract of every store.

use async_trait::async_trait;
use pawnshop_sqlite::DataFolder;
use pawnshop_store::Store;
use pawnshop_store::contract::Backend;
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use std::sync::Arc;
use tempfile::TempDir;

struct Embedded {
    store: Arc<SqliteStore>,
    home: TempDir,
}

fn open(home: TempDir) -> Embedded {
    let folder = DataFolder::open(home.path()).unwrap();
    let store = SqliteStore::open(&folder, SqliteStoreOptions::default()).unwrap();
    Embedded { store: Arc::new(store), home }
}

#[async_trait]
impl Backend for Embedded {
    async fn fresh() -> Self {
        open(tempfile::tempdir().unwrap())
    }

    async fn reopen(self) -> Self {
        let Self { store, home } = self;
        drop(store);
        open(home)
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }
}

pawnshop_store::contract!(Embedded);
