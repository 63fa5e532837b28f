use crate::change::Reply;
use crate::table::{index_name, quoted, unique_fields, value};
use pawnshop_sqlite::Connection;
use pawnshop_sqlite::rusqlite::{self, OptionalExtension};
use pawnshop_store::{Collection, Index};

/// A collection that exists now.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) collection: Collection,
    /// The fields of each unique index that the file has, declared this time or not.
    pub(crate) unique: Vec<Vec<String>>,
}

/// Makes collections and indexes exist. What fails halfway is undone with the transaction.
pub(crate) fn apply(
    connection: &Connection,
    collections: &[Collection],
    max_bytes: Option<u64>,
) -> rusqlite::Result<Reply> {
    bound(connection, max_bytes)?;
    let mut declared = Vec::with_capacity(collections.len());
    for collection in collections {
        make_table(connection, collection.name)?;
        for index in collection.indexes {
            make_index(connection, collection.name, index)?;
        }
        declared
            .push(Declared { collection: *collection, unique: unique_indexes(connection, collection.name)? });
    }
    Ok(Reply::Declared(declared))
}

/// The statement that makes an index. The id comes last, so that the index gives the order as well; a unique
/// one has at most one document per value.
pub(crate) fn create_index(collection: &str, index: &Index) -> String {
    let table = quoted(collection);
    let name = index_name(collection, index);
    let fields: Vec<String> = index.fields.iter().map(|field| value(field)).collect();
    let fields = fields.join(", ");
    if index.unique {
        format!("CREATE UNIQUE INDEX \"{name}\" ON {table} ({fields})")
    } else {
        format!("CREATE INDEX \"{name}\" ON {table} ({fields}, id)")
    }
}

fn bound(connection: &Connection, max_bytes: Option<u64>) -> rusqlite::Result<()> {
    let Some(max_bytes) = max_bytes else { return Ok(()) };
    let page: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let pages = (max_bytes / u64::from(page)).clamp(1, u64::from(u32::MAX - 1));
    connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
}

fn make_table(connection: &Connection, collection: &str) -> rusqlite::Result<()> {
    let table = quoted(collection);
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (
             id TEXT NOT NULL PRIMARY KEY,
             body TEXT NOT NULL,
             expires_at INTEGER,
             revision INTEGER NOT NULL
         );
         CREATE INDEX IF NOT EXISTS \"{collection}/expires\" ON {table} (expires_at)
             WHERE expires_at IS NOT NULL;"
    ))
}

fn make_index(connection: &Connection, collection: &str, index: &Index) -> rusqlite::Result<()> {
    // SQLite takes names that differ in case for one; the statement tells whether it is the same index.
    let name = index_name(collection, index);
    let sql = create_index(collection, index);
    let there: Option<String> = connection
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1 COLLATE NOCASE",
            [&name],
            |row| row.get(0),
        )
        .optional()?;
    if there.is_some_and(|there| there == sql) { Ok(()) } else { connection.execute_batch(&sql) }
}

fn unique_indexes(connection: &Connection, collection: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let mut names =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1")?;
    let names = names.query_map([format!("c_{collection}")], |row| row.get::<_, String>(0))?;
    let fields = names.map(|name| Ok(unique_fields(collection, &name?)));
    fields.filter_map(rusqlite::Result::transpose).collect()
}
