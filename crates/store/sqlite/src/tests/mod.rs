mod contract;
mod files;
mod full_disk;
mod plans;
mod sweeping;

use crate::{SqliteStore, SqliteStoreOptions};
use pawnshop_domain::Instant;
use pawnshop_sqlite::{DataFolder, OpenError};
use pawnshop_store::{Collection, Document, Index, Store};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const INDEXES: &[Index] = &[
    Index { fields: &["category"], unique: false },
    Index { fields: &["date"], unique: false },
    Index { fields: &["itemId", "date"], unique: false },
    Index { fields: &["eventId"], unique: true },
    Index { fields: &["shelf", "place"], unique: true },
];
const BUYS: Collection = Collection { name: "buys", indexes: INDEXES };

fn try_open(home: &Path, options: SqliteStoreOptions) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(&DataFolder::open(home)?, options)
}

fn open(home: &Path) -> SqliteStore {
    try_open(home, SqliteStoreOptions::default()).unwrap()
}

async fn open_declared(home: &Path, options: SqliteStoreOptions) -> SqliteStore {
    let store = try_open(home, options).unwrap();
    store.declare(&[BUYS]).await.unwrap();
    store
}

fn doc(id: impl Into<String>, body: Value) -> Document {
    Document::new(id, body.as_object().cloned().unwrap())
}

/// Some bytes of a document.
fn filler(id: impl Into<String>, bytes: usize) -> Document {
    doc(id, json!({"name": "x".repeat(bytes)}))
}

fn expired(id: impl Into<String>) -> Document {
    let expires_at = Some(Instant::now().minus(Duration::from_secs(1)));
    Document { expires_at, ..doc(id, json!({"category": "Motor"})) }
}

/// Rows in the file, expired ones included.
async fn rows(store: &SqliteStore) -> i64 {
    let count =
        |c: &pawnshop_sqlite::Connection| c.query_row("SELECT count(*) FROM c_buys", [], |row| row.get(0));
    store.core.read("count", count).await.unwrap()
}
