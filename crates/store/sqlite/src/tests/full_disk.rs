use super::{BUYS, filler, open_declared};
use crate::{SqliteStore, SqliteStoreOptions};
use pawnshop_store::{Inserted, Store, StoreError};

const MAX_BYTES: u64 = 2 << 20;

async fn insert(store: &SqliteStore, ids: std::ops::Range<usize>) -> Result<Vec<Inserted>, StoreError> {
    let batch = ids.map(|n| filler(n.to_string(), 2_000)).collect();
    store.insert_many(&BUYS, batch).await
}

fn unavailable<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}

/// Inserts until the store is full; how many documents it took.
async fn fill(store: &SqliteStore) -> usize {
    let mut count = 0;
    for size in [50, 1] {
        loop {
            match insert(store, count..count + size).await {
                Ok(answers) => {
                    assert_eq!(answers, vec![Inserted::New; size]);
                    count += size;
                }
                Err(error) => {
                    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
                    break;
                }
            }
            assert!(count < 10_000, "the bound holds nothing back");
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_store_says_so_keeps_everything_and_recovers() {
    let home = tempfile::tempdir().unwrap();
    let options = SqliteStoreOptions { max_bytes: Some(MAX_BYTES), ..Default::default() };
    let store = open_declared(home.path(), options).await;
    store.ping().await.unwrap();

    let count = fill(&store).await;
    assert!(count > 300, "{count}");
    unavailable(store.ping().await);
    unavailable(insert(&store, count..count + 50).await);
    unavailable(store.upsert_if_greater(&BUYS, filler_seen("new"), "seen").await);

    let ids: Vec<String> = (0..count + 50).map(|n| n.to_string()).collect();
    assert_eq!(store.get_many(&BUYS, &ids).await.unwrap().len(), count, "all that was answered, no more");
    assert_eq!(insert(&store, 0..10).await.unwrap(), vec![Inserted::DuplicateId; 10]);

    assert_eq!(store.delete(&BUYS, &ids[..200]).await.unwrap(), 200);
    store.ping().await.unwrap();
    assert_eq!(insert(&store, count..count + 50).await.unwrap(), vec![Inserted::New; 50]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_larger_bound_gives_a_full_store_room() {
    let home = tempfile::tempdir().unwrap();
    let options = SqliteStoreOptions { max_bytes: Some(MAX_BYTES), ..Default::default() };
    let store = open_declared(home.path(), options).await;
    let count = fill(&store).await;
    drop(store);
    let options = SqliteStoreOptions { max_bytes: Some(2 * MAX_BYTES), ..Default::default() };
    let store = open_declared(home.path(), options).await;
    store.ping().await.unwrap();
    assert_eq!(insert(&store, count..count + 50).await.unwrap(), vec![Inserted::New; 50]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_of_an_idle_store_do_not_make_it_grow() {
    let home = tempfile::tempdir().unwrap();
    let store = open_declared(home.path(), SqliteStoreOptions::default()).await;
    for _ in 0..50 {
        store.ping().await.unwrap();
    }
    drop(store);
    let size = std::fs::metadata(home.path().join("store.db")).unwrap().len();
    assert!(size < 1 << 20, "{size}");
}

fn filler_seen(id: &str) -> pawnshop_store::Document {
    let mut document = filler(id, 100_000);
    document.body.insert("seen".to_owned(), 1.into());
    document
}
