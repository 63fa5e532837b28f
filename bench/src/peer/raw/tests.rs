use super::*;
use rusqlite::Connection;

const LONG: Duration = Duration::from_secs(60);

/// A shop's file of two queues with `rows` events each.
fn file(folder: &Path, name: &str, rows: i64) -> std::path::PathBuf {
    let path = folder.join(name);
    let connection = Connection::open(&path).unwrap();
    for table in ["queue_a", "queue_b", "other"] {
        let create = format!("CREATE TABLE {table} (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT");
        connection.execute_batch(&create).unwrap();
        for seq in 0..rows {
            connection.execute(&format!("INSERT INTO {table} VALUES (?1, x'0102')"), [seq]).unwrap();
        }
    }
    path
}

#[test]
fn rows_of_the_wanted_tables_are_captured_by_turns() {
    let folder = tempfile::tempdir().unwrap();
    let captured = Captured::read(&file(folder.path(), "a.db", 3), "queue_", 5, 2).unwrap();
    let order: Vec<_> = captured.rows.iter().map(|row| (row.table, row.id)).collect();
    assert_eq!(order, [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2)]);
    assert_eq!((captured.schema.len(), captured.bytes_per_row()), (3, 2.0));
}

#[test]
fn a_raw_loop_writes_every_row_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let captured = Captured::read(&file(folder.path(), "a.db", 50), "queue_", 1_000, 1).unwrap();
    let written = write(folder.path(), &captured, 8, LONG).unwrap();
    assert_eq!(written.rows, 100);
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a.db"]);
}

#[test]
fn a_raw_loop_applies_as_many_events_as_both_files_have() {
    let folder = tempfile::tempdir().unwrap();
    let events = Captured::read(&file(folder.path(), "a.db", 50), "queue_", 1_000, 1).unwrap();
    let documents = Captured::read(&file(folder.path(), "b.db", 20), "queue_", 1_000, 7).unwrap();
    let applied =
        apply(folder.path(), &events, &documents, Groups { queue: 3, documents: 16 }, LONG).unwrap();
    assert_eq!(applied.events, 40);
    assert!(applied.drained_per_second() > applied.per_second());
}

#[test]
fn a_raw_loop_stops_when_its_time_is_used_up() {
    let folder = tempfile::tempdir().unwrap();
    let captured = Captured::read(&file(folder.path(), "a.db", 50), "queue_", 1_000, 1).unwrap();
    assert_eq!(write(folder.path(), &captured, 1, Duration::ZERO).unwrap().rows, 1);
}
