use anyhow::{Context, Result, bail};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// The schema of a shop's file and rows of it, in the order in which they were written.
#[derive(Debug)]
pub(crate) struct Captured {
    /// Statements that make tables and indexes.
    pub(crate) schema: Vec<String>,
    pub(crate) tables: Vec<Table>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    columns: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Row {
    /// Index of its table.
    pub(crate) table: usize,
    pub(crate) id: i64,
    pub(crate) values: Vec<Value>,
}

impl Captured {
    /// Reads the tables whose names start with `prefix`, at most so many rows in all; `stride` rows of each table
    /// in turn, as they were written by turns.
    pub(crate) fn read(path: &Path, prefix: &str, limit: usize, stride: usize) -> Result<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let texts = |sql: &str| -> rusqlite::Result<Vec<String>> {
            connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let schema =
            texts("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")?;
        let names = texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        let (mut tables, mut of_tables) = (Vec::new(), Vec::new());
        for name in names.into_iter().filter(|name| name.starts_with(prefix)) {
            let table = Table::of(&connection, name)?;
            of_tables.push(table.rows(&connection, tables.len(), limit)?);
            tables.push(table);
        }
        let rows = take_turns(of_tables, limit, stride);
        if rows.is_empty() {
            bail!("{} has no rows to repeat", path.display());
        }
        Ok(Self { schema, tables, rows })
    }

    /// Bytes of text and blobs in a row, on average.
    pub(crate) fn bytes_per_row(&self) -> f64 {
        let bytes = |value: &Value| match value {
            Value::Text(text) => text.len(),
            Value::Blob(blob) => blob.len(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        };
        let total: usize = self.rows.iter().flat_map(|row| &row.values).map(bytes).sum();
        total as f64 / self.rows.len() as f64
    }
}

impl Table {
    fn of(connection: &Connection, name: String) -> Result<Self> {
        let columns = connection
            .prepare("SELECT name FROM pragma_table_info(?1)")?
            .query_map([&name], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { name, columns })
    }

    fn rows(&self, connection: &Connection, table: usize, limit: usize) -> Result<Vec<Row>> {
        let sql =
            format!("SELECT rowid, {} FROM \"{}\" ORDER BY rowid LIMIT {limit}", self.list(), self.name);
        let mut select = connection.prepare(&sql)?;
        let rows = select.query_map([], |row| {
            let values = (1..=self.columns.len()).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            Ok(Row { table, id: row.get(0)?, values })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The statement that inserts a row.
    pub(crate) fn insert(&self) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|column| format!("?{column}")).collect();
        format!("INSERT INTO \"{}\" ({}) VALUES ({})", self.name, self.list(), places.join(", "))
    }

    fn list(&self) -> String {
        let quoted: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        quoted.join(", ")
    }
}

fn take_turns(of_tables: Vec<Vec<Row>>, limit: usize, stride: usize) -> Vec<Row> {
    let mut left: Vec<_> = of_tables.into_iter().map(Vec::into_iter).collect();
    let mut rows = Vec::new();
    loop {
        let before = rows.len();
        for table in &mut left {
            rows.extend(table.take(stride.max(1)));
        }
        if rows.len() == before || rows.len() >= limit {
            rows.truncate(limit);
            return rows;
        }
    }
}
