use crate::{Database, OpenError, Schema, Synchronous};
use rusqlite::Connection;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FIRST: Schema = Schema { application_id: 7, migrations: &["CREATE TABLE a (n INTEGER)"] };
const SECOND: Schema =
    Schema { application_id: 7, migrations: &["CREATE TABLE a (n INTEGER)", "CREATE TABLE b (n INTEGER)"] };

fn open(path: &Path, schema: &Schema) -> Result<Database, OpenError> {
    Database::open(path, schema, Synchronous::Full)
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.db");
    (folder, path)
}

fn count(database: &Database, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    database.read_blocking(|connection| connection.query_row(&sql, [], |row| row.get(0))).unwrap()
}

#[test]
fn a_new_file_is_made_with_the_latest_schema_and_opens_again() {
    let (_folder, path) = file();
    drop(open(&path, &SECOND).unwrap());
    assert_eq!(count(&open(&path, &SECOND).unwrap(), "b"), 0);
}

#[test]
fn an_older_file_is_brought_up_and_keeps_its_rows() {
    let (_folder, path) = file();
    drop(open(&path, &FIRST).unwrap());
    Connection::open(&path).unwrap().execute("INSERT INTO a VALUES (1)", []).unwrap();
    let database = open(&path, &SECOND).unwrap();
    assert_eq!((count(&database, "a"), count(&database, "b")), (1, 0));
}

#[test]
fn a_failed_migration_changes_nothing() {
    const BROKEN: Schema = Schema {
        application_id: 7,
        migrations: &["CREATE TABLE a (n INTEGER)", "CREATE TABLE b (n INTEGER)", "no SQL"],
    };
    let (_folder, path) = file();
    drop(open(&path, &FIRST).unwrap());
    let error = open(&path, &BROKEN).unwrap_err();
    assert!(matches!(error, OpenError::Migrate { version: 3, .. }), "{error}");
    assert_eq!(count(&open(&path, &SECOND).unwrap(), "b"), 0, "the second migration was rolled back too");
}

#[test]
fn a_newer_file_is_refused_with_both_versions() {
    let (_folder, path) = file();
    drop(open(&path, &SECOND).unwrap());
    let error = open(&path, &FIRST).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("newer release"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_was() {
    let (_folder, path) = file();
    std::fs::write(&path, "name,price\ndiary,3\n").unwrap();
    let error = open(&path, &FIRST).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "name,price\ndiary,3\n");
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_was() {
    for setup in ["CREATE TABLE theirs (n)", "PRAGMA application_id = 8", "PRAGMA user_version = 3"] {
        let (_folder, path) = file();
        Connection::open(&path).unwrap().execute_batch(setup).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = open(&path, &FIRST).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{setup}: {error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{setup}");
    }
}

#[test]
fn a_damaged_file_is_told_apart() {
    let (_folder, path) = file();
    drop(open(&path, &FIRST).unwrap());
    {
        let connection = Connection::open(&path).unwrap();
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO a SELECT i FROM n";
        connection.execute(rows, []).unwrap();
    }
    let mut damaged = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    damaged.seek(SeekFrom::Start(2 * 4096)).unwrap();
    damaged.write_all(&[0xff; 4096]).unwrap();
    drop(damaged);
    let error = open(&path, &FIRST).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
}

#[test]
fn a_truncated_file_is_told_apart() {
    let (_folder, path) = file();
    drop(open(&path, &SECOND).unwrap());
    let whole = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(whole / 2).unwrap();
    let error = open(&path, &SECOND).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
}
