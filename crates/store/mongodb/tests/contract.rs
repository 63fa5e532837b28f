//! MongoDB keeps the contract of every store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use async_trait::async_trait;
use pawnshop_store::Store;
use pawnshop_store::contract::Backend;
use std::sync::Arc;
use support::Home;

struct Mongo {
    store: Arc<dyn Store>,
    home: Home,
}

#[async_trait]
impl Backend for Mongo {
    async fn fresh() -> Self {
        let home = Home::new().await;
        Self { store: Arc::new(home.open()), home }
    }

    async fn reopen(self) -> Self {
        let Self { store, home } = self;
        drop(store);
        Self { store: Arc::new(home.open()), home }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn skips(test: &str) -> bool {
        let Err(why) = pawnshop_servers::Mongo::available() else { return false };
        pawnshop_servers::skip(&format!("store-mongodb contract {test}"), &why);
        true
    }
}

pawnshop_store::contract!(Mongo);
