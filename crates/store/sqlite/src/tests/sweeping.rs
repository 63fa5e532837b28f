use super::{BUYS, doc, expired, open_declared, rows};
use crate::SqliteStoreOptions;
use pawnshop_store::Store;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn expired_rows_are_deleted_in_the_end_and_no_others() {
    let home = tempfile::tempdir().unwrap();
    let options = SqliteStoreOptions { sweep_every: Duration::from_millis(20), ..Default::default() };
    let store = open_declared(home.path(), options).await;
    store.insert_many(&BUYS, vec![doc("lasting", json!({}))]).await.unwrap();
    let deadline = Instant::now() + DEADLINE;
    for round in 0..2 {
        // More than fit into one batch.
        let batch = (0..1300).map(|n| expired(format!("{round}-{n}"))).collect();
        store.insert_many(&BUYS, batch).await.unwrap();
        while rows(&store).await > 1 {
            assert!(Instant::now() < deadline, "never swept");
            sleep(Duration::from_millis(10)).await;
        }
    }
    assert_eq!(store.get_many(&BUYS, &["lasting".to_owned()]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_store_dropped_while_it_sweeps_is_closed() {
    let home = tempfile::tempdir().unwrap();
    let options = SqliteStoreOptions { sweep_every: Duration::from_millis(1), ..Default::default() };
    for round in 0..10 {
        let store = open_declared(home.path(), options).await;
        let batch = (0..2000).map(|n| expired(format!("{round}-{n}"))).collect();
        store.insert_many(&BUYS, batch).await.unwrap();
        drop(store);
    }
}
