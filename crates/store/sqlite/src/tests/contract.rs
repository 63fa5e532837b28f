//! The embedded store keeps the contract of every store.

use super::open;
use crate::SqliteStore;
use async_trait::async_trait;
use pawnshop_store::Store;
use pawnshop_store::contract::Backend;
use std::sync::Arc;
use tempfile::TempDir;

struct Embedded {
    store: Arc<SqliteStore>,
    home: TempDir,
}

impl Embedded {
    fn at(home: TempDir) -> Self {
        Self { store: Arc::new(open(home.path())), home }
    }
}

#[async_trait]
impl Backend for Embedded {
    async fn fresh() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }

    async fn reopen(self) -> Self {
        let Self { store, home } = self;
        drop(store);
        Self::at(home)
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }
}

pawnshop_store::contract!(Embedded);
