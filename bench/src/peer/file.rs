use super::capture::{Captured, Row, Table};
use anyhow::{Context, Result};
use rusqlite::{Connection, params, params_from_iter};
use std::path::{Path, PathBuf};

/// The shop's own settings (`pawnshop-sqlite`): a peer with worse ones would flatter the shop.
const CHECKPOINT_PAGES: u32 = 8_192;
const CACHE_KIB: i64 = 8_192;

/// A fresh file of a captured schema, written by one connection: WAL, `synchronous=FULL`. Removed when dropped.
#[derive(Debug)]
pub(crate) struct File {
    connection: Connection,
    path: PathBuf,
    inserts: Vec<String>,
    deletes: Vec<String>,
}

impl File {
    pub(crate) fn create(path: &Path, captured: &Captured) -> Result<Self> {
        let connection = Connection::open(path).with_context(|| format!("cannot make {}", path.display()))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(64);
        for statement in &captured.schema {
            connection.execute_batch(statement)?;
        }
        let delete = |table: &Table| format!("DELETE FROM \"{}\" WHERE rowid BETWEEN ?1 AND ?2", table.name);
        Ok(Self {
            connection,
            path: path.to_owned(),
            inserts: captured.tables.iter().map(Table::insert).collect(),
            deletes: captured.tables.iter().map(delete).collect(),
        })
    }

    /// Inserts rows in one commit.
    pub(crate) fn insert(&self, rows: &[Row]) -> Result<()> {
        self.commit(|connection| {
            for row in rows {
                connection
                    .prepare_cached(&self.inserts[row.table])?
                    .execute(params_from_iter(row.values.iter()))?;
            }
            Ok(())
        })
    }

    /// Deletes rows in one commit; those of a table that follow each other by one range, as the shop does.
    pub(crate) fn delete(&self, rows: &[Row]) -> Result<()> {
        self.commit(|connection| {
            for table in 0..self.deletes.len() {
                let ids = rows.iter().filter(|row| row.table == table).map(|row| row.id);
                for (first, last) in ranges(ids) {
                    connection.prepare_cached(&self.deletes[table])?.execute(params![first, last])?;
                }
            }
            Ok(())
        })
    }

    fn commit(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<()> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        work(&self.connection)?;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // The connection is still open; on Linux that is no obstacle, and what was left goes with the folder.
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            let _ = std::fs::remove_file(name);
        }
    }
}

fn ranges(ids: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for id in ids {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == id => *last = id,
            _ => ranges.push((id, id)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_follow_each_other_are_one_range() {
        assert_eq!(ranges([1, 2, 3, 7, 8, 5].into_iter()), [(1, 3), (7, 8), (5, 5)]);
    }
}
