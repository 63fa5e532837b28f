use crate::row::{COLUMNS, document};
use crate::table::{Table, index_name, value};
use pawnshop_domain::Instant;
use pawnshop_sqlite::Connection;
use pawnshop_sqlite::rusqlite::types::{ToSqlOutput, Value as SqlValue};
use pawnshop_sqlite::rusqlite::{self, OptionalExtension, Params, params};
use pawnshop_store::{After, Document, Order, StoreError, rules};
use serde_json::Value;
use std::collections::HashMap;

const LIVE: &str = "(expires_at IS NULL OR expires_at > ?1)";

/// The statements that read pages by one filter in one order.
#[derive(Debug)]
pub(crate) struct Page {
    /// By id: `(now, limit, filter, after)`. By an integer: `(now, limit, filter, least, greatest)`.
    pub(crate) rows: String,
    /// In an order by an integer, the rest of a tie: `(now, limit, filter, value, after)`.
    pub(crate) ties: Option<String>,
    order: Order,
}

impl Page {
    /// Refused if no declared index serves the filter and the order.
    pub(crate) fn new(table: &Table, filter: Option<&str>, order: Order) -> Result<Self, StoreError> {
        let index = rules::index_for(table.indexes(), filter, order)?;
        let indexed = index
            .map(|index| format!("INDEXED BY \"{}\"", index_name(table.collection, index)))
            .unwrap_or_default();
        let filter = filter.map(|field| format!("{} = ?3 AND ", value(field))).unwrap_or_default();
        let select = format!("SELECT {COLUMNS} FROM {} {indexed} WHERE {filter}", table.quoted);
        let (rows, ties) = match order {
            Order::Id => (format!("{select}id > ?4 AND {LIVE} ORDER BY id LIMIT ?2"), None),
            Order::Ascending(field) | Order::Descending(field) => {
                let key = value(field);
                let way = if matches!(order, Order::Descending(_)) { "DESC" } else { "ASC" };
                (
                    format!("{select}{key} BETWEEN ?4 AND ?5 AND {LIVE} ORDER BY {key} {way}, id LIMIT ?2"),
                    Some(format!("{select}{key} = ?4 AND id > ?5 AND {LIVE} ORDER BY id LIMIT ?2")),
                )
            }
        };
        Ok(Self { rows, ties, order })
    }

    /// A page of one committed state. `filter` is a string or an integer, and given if the page was made with one.
    pub(crate) fn read(
        &self,
        connection: &Connection,
        filter: Option<&Value>,
        after: Option<&After>,
        limit: usize,
        now: Instant,
    ) -> rusqlite::Result<Vec<Document>> {
        let transaction = connection.unchecked_transaction()?;
        self.read_within(&transaction, &sql_value(filter), after, limit, now.as_micros())
    }

    /// The first page of each key, all of one committed state.
    pub(crate) fn read_groups(
        &self,
        connection: &Connection,
        keys: Vec<String>,
        limit: usize,
        now: Instant,
    ) -> rusqlite::Result<HashMap<String, Vec<Document>>> {
        let transaction = connection.unchecked_transaction()?;
        let mut groups = HashMap::new();
        for key in keys {
            if groups.contains_key(&key) {
                continue;
            }
            let filter = ToSqlOutput::from(key.as_str());
            let documents = self.read_within(&transaction, &filter, None, limit, now.as_micros())?;
            if !documents.is_empty() {
                groups.insert(key, documents);
            }
        }
        Ok(groups)
    }

    fn read_within(
        &self,
        connection: &Connection,
        filter: &ToSqlOutput<'_>,
        after: Option<&After>,
        limit: usize,
        now: i64,
    ) -> rusqlite::Result<Vec<Document>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        let Some(ties) = &self.ties else {
            let after = after.map_or("", |after| &after.id);
            select(connection, &self.rows, params![now, limit, filter, after], &mut found)?;
            return Ok(found);
        };
        let (mut least, mut greatest) = (i64::MIN, i64::MAX);
        if let Some(After { value, id }) = after {
            select(connection, ties, params![now, limit, filter, value, id], &mut found)?;
            let next = if matches!(self.order, Order::Descending(_)) {
                value.checked_sub(1).map(|next| greatest = next)
            } else {
                value.checked_add(1).map(|next| least = next)
            };
            if next.is_none() {
                return Ok(found);
            }
        }
        let rest = limit.saturating_sub_unsigned(found.len() as u64);
        if rest > 0 {
            select(connection, &self.rows, params![now, rest, filter, least, greatest], &mut found)?;
        }
        Ok(found)
    }
}

/// The documents of these ids, of one committed state.
pub(crate) fn get(
    connection: &Connection,
    table: &Table,
    ids: &[String],
    now: Instant,
) -> rusqlite::Result<Vec<Document>> {
    let transaction = connection.unchecked_transaction()?;
    let sql = format!("SELECT {COLUMNS} FROM {} WHERE id = ?2 AND {LIVE}", table.quoted);
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for id in ids {
        found.extend(statement.query_row(params![now.as_micros(), id], document).optional()?);
    }
    Ok(found)
}

fn select(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    found: &mut Vec<Document>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    for row in statement.query_map(params, document)? {
        found.push(row?);
    }
    Ok(())
}

/// Strings and integers as SQLite's own; rules have refused everything else.
fn sql_value(value: Option<&Value>) -> ToSqlOutput<'_> {
    match value {
        Some(Value::String(text)) => ToSqlOutput::from(text.as_str()),
        Some(value) => ToSqlOutput::Owned(value.as_i64().map_or(SqlValue::Null, SqlValue::Integer)),
        None => ToSqlOutput::Owned(SqlValue::Null),
    }
}
