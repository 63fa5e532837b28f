use super::*;
use crate::readers::READERS;
use rusqlite::StatementStatus;
use std::sync::atomic::AtomicUsize;
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

#[tokio::test]
async fn a_read_that_panics_is_an_error_to_its_caller_and_costs_no_reader() {
    let (_folder, database) = database();
    for _ in 0..READERS * 3 {
        let read = database.read(|_| -> rusqlite::Result<()> { panic!("a bug in a read") });
        assert!(matches!(read.await, Err(SqliteError::Closed)));
    }
    database.read(|_| Ok(())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_one_of_many_reads_that_come_at_once_is_answered() {
    let (_folder, database) = database();
    let reads: Vec<_> = (0..500)
        .map(|number| {
            let database = database.clone();
            tokio::spawn(async move { database.read(move |_| Ok(number)).await.unwrap() })
        })
        .collect();
    for (number, read) in reads.into_iter().enumerate() {
        assert_eq!(read.await.unwrap(), number);
    }
}

#[tokio::test]
async fn a_statement_is_prepared_once_whatever_is_bound_to_it() {
    let (_folder, database) = database();
    let schema = "CREATE TABLE c (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL, expires_at INTEGER);
        CREATE INDEX c_expires ON c (expires_at) WHERE expires_at IS NOT NULL;
        CREATE INDEX c_key ON c (json_extract(body, '$.k'), json_extract(body, '$.d'), id)";
    database.connect_writer().unwrap().execute_batch(schema).unwrap();
    let prepared_again = database
        .read(|connection| {
            let sql = "SELECT id FROM c INDEXED BY c_key WHERE json_extract(body, '$.k') = ?3
                AND json_extract(body, '$.d') BETWEEN ?4 AND ?5 AND (expires_at IS NULL OR expires_at > ?1)
                ORDER BY json_extract(body, '$.d') ASC, id LIMIT ?2";
            let mut statement = connection.prepare(sql)?;
            for value in 0..10 {
                statement
                    .query(rusqlite::params![value, value + 1, value.to_string(), value, value + 9])?
                    .next()?;
            }
            Ok(statement.get_status(StatementStatus::RePrepare))
        })
        .await
        .unwrap();
    assert_eq!(prepared_again, 0);
}

#[tokio::test]
async fn a_file_that_is_damaged_while_it_is_open_is_told_as_damaged() {
    let (folder, database) = database();
    let path = folder.path().join("a.db");
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        INSERT INTO a SELECT i FROM n";
    let writer = Connection::open(&path).unwrap();
    writer.execute(rows, []).unwrap();
    writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[2 * 4096..].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let sum = |connection: &Connection| {
        connection.query_row("SELECT sum(n) FROM a", [], |row| row.get::<_, i64>(0))
    };
    let failed = database.read(sum).await.unwrap_err();
    assert!(matches!(failed, SqliteError::Damaged(_)), "{failed}");
    assert!(failed.to_string().contains("restore a backup"), "{failed}");
}
