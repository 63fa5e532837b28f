use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

const SCHEMA: Schema = Schema { application_id: 7, migrations: &["CREATE TABLE a (n INTEGER)"] };

fn database() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("a.db"), &SCHEMA, Synchronous::Full).unwrap();
    (folder, database)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_reads_run_at_once_than_there_are_readers() {
    let (_folder, database) = database();
    let running = Arc::new(AtomicUsize::new(0));
    let reads: Vec<_> = (0..READERS * 4)
        .map(|_| {
            let (database, running) = (database.clone(), Arc::clone(&running));
            tokio::spawn(async move {
                let most = database.read(move |connection| {
                    let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT max(i) FROM n";
                    connection.query_row(sql, [], |_| Ok(()))?;
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok(now)
                });
                most.await.unwrap()
            })
        })
        .collect();
    for read in reads {
        assert!(read.await.unwrap() <= READERS);
    }
}

#[tokio::test]
async fn a_cancelled_or_failed_read_costs_no_reader() {
    let (_folder, database) = database();
    for _ in 0..READERS * 3 {
        drop(tokio::time::timeout(Duration::ZERO, database.read(|_| Ok(()))).await);
        let failed =
            database.read(|connection| connection.execute_batch("BEGIN; SELECT * FROM missing")).await;
        assert!(matches!(failed, Err(SqliteError::Statement(_))));
    }
    let state = database.read(|connection| Ok(connection.is_autocommit())).await.unwrap();
    assert!(state, "no transaction is left open");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let (_folder, database) = database();
    let written = database.read(|connection| connection.execute("INSERT INTO a VALUES (1)", [])).await;
    assert!(matches!(written, Err(SqliteError::Unavailable(_))), "{written:?}");
}
