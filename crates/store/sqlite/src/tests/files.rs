use super::{BUYS, doc, open, open_declared, try_open};
use crate::SqliteStoreOptions;
use pawnshop_sqlite::rusqlite::Connection;
use pawnshop_sqlite::{DataFolder, OpenError};
use pawnshop_store::{Collection, Filter, Find, Index, Inserted, Order, Store, StoreError};
use serde_json::json;
use std::path::Path;

const BARE: Collection = Collection { name: BUYS.name, indexes: &[] };

/// A closed store's file with one document in it.
async fn with_one_document(home: &Path, declared: Collection) {
    let store = open(home);
    store.declare(&[declared]).await.unwrap();
    let document = doc("a", json!({"category": "Motor", "eventId": "e1"}));
    store.insert_many(&BUYS, vec![document]).await.unwrap();
}

fn alter(home: &Path, sql: &str) {
    Connection::open(home.join("store.db")).unwrap().execute_batch(sql).unwrap();
}

fn open_error(home: &Path) -> OpenError {
    try_open(home, SqliteStoreOptions::default()).unwrap_err()
}

#[tokio::test]
async fn an_index_is_added_to_the_file_of_an_earlier_release() {
    let home = tempfile::tempdir().unwrap();
    with_one_document(home.path(), BARE).await;
    let store = open_declared(home.path(), SqliteStoreOptions::default()).await;
    let filter = Some(Filter { field: "category", value: json!("Motor") });
    let motors = Find { filter, order: Order::Id, after: None, limit: 10 };
    assert_eq!(store.find(&BUYS, &motors).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_unique_index_of_another_release_still_guards_and_is_named() {
    let home = tempfile::tempdir().unwrap();
    with_one_document(home.path(), BUYS).await;
    let store = open(home.path());
    store.declare(&[BARE]).await.unwrap();
    let answers = store.insert_many(&BARE, vec![doc("b", json!({"eventId": "e1"}))]).await.unwrap();
    assert_eq!(answers, [Inserted::DuplicateIndex(vec!["eventId".to_owned()])]);
}

#[tokio::test]
async fn fields_that_differ_only_in_case_are_not_taken_for_one() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path());
    const CASES: &[Index] =
        &[Index { fields: &["ownerId"], unique: false }, Index { fields: &["ownerid"], unique: false }];
    let answer = store.declare(&[Collection { name: "buys", indexes: CASES }]).await;
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
}

#[tokio::test]
async fn a_newer_file_is_refused_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    with_one_document(home.path(), BUYS).await;
    alter(home.path(), "PRAGMA user_version = 99");
    let error = open_error(home.path());
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    alter(home.path(), "PRAGMA user_version = 1");
    let store = open_declared(home.path(), SqliteStoreOptions::default()).await;
    assert_eq!(store.get_many(&BUYS, &["a".to_owned()]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused() {
    let home = tempfile::tempdir().unwrap();
    alter(home.path(), "CREATE TABLE other (n)");
    let error = open_error(home.path());
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let home = tempfile::tempdir().unwrap();
    with_one_document(home.path(), BUYS).await;
    let file = home.path().join("store.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[4096..middle].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let error = open_error(home.path());
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn the_folder_stays_locked_while_the_store_is_open() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path());
    let error = DataFolder::open(home.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(store);
    open(home.path());
}
