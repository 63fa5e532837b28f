use pawnshop_store::{Collection, Index};

/// A declared collection: its table's name and the statements that write to it.
#[derive(Debug)]
pub(crate) struct Table {
    /// The collection's name.
    pub(crate) collection: &'static str,
    /// The table's name, quoted.
    pub(crate) quoted: String,
    /// `(id, body, expires_at)`; nothing happens where any uniqueness is violated.
    pub(crate) insert: String,
    /// `(id)`: whether it is there.
    pub(crate) exists: String,
    /// `(id, now)`: deletes it if it is expired.
    pub(crate) delete_expired: String,
    /// `(id, now)`: deletes it if it is not expired.
    pub(crate) delete_live: String,
    /// `(id, body, expires_at, revision, now)`.
    pub(crate) update: String,
    /// `(now, limit)`: deletes that many expired rows.
    pub(crate) sweep: String,
    /// The unique indexes that the file has, declared by this process or not.
    pub(crate) unique: Vec<Unique>,
    indexes: Vec<Index>,
}

/// A unique index and how to find what a body clashes with in it.
#[derive(Debug)]
pub(crate) struct Unique {
    /// Its fields.
    pub(crate) fields: Vec<String>,
    /// `(body)`: whether a document has the same values.
    pub(crate) exists: String,
    /// `(body, now)`: deletes the document with the same values if it is expired.
    pub(crate) delete_expired: String,
}

impl Table {
    /// The table of a collection whose indexes of earlier declarations are `known`, and whose unique indexes
    /// have these fields.
    pub(crate) fn new(collection: &Collection, known: &[Index], unique: Vec<Vec<String>>) -> Self {
        let quoted = quoted(collection.name);
        let mut indexes = known.to_vec();
        indexes.extend(collection.indexes.iter().filter(|index| !known.contains(index)));
        Self {
            collection: collection.name,
            insert: format!(
                "INSERT INTO {quoted} (id, body, expires_at, revision) VALUES (?1, ?2, ?3, random()) \
                 ON CONFLICT DO NOTHING"
            ),
            exists: format!("SELECT 1 FROM {quoted} WHERE id = ?1"),
            delete_expired: format!("DELETE FROM {quoted} WHERE id = ?1 AND expires_at <= ?2"),
            delete_live: format!(
                "DELETE FROM {quoted} WHERE id = ?1 AND (expires_at IS NULL OR expires_at > ?2)"
            ),
            update: format!(
                "UPDATE {quoted} SET body = ?2, expires_at = ?3, revision = random() \
                 WHERE id = ?1 AND revision = ?4 AND (expires_at IS NULL OR expires_at > ?5)"
            ),
            sweep: format!(
                "DELETE FROM {quoted} WHERE rowid IN \
                 (SELECT rowid FROM {quoted} WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)"
            ),
            unique: unique.into_iter().map(|fields| Unique::new(&quoted, fields)).collect(),
            quoted,
            indexes,
        }
    }

    /// The indexes that were declared since the store was opened.
    pub(crate) fn indexes(&self) -> &[Index] {
        &self.indexes
    }

    /// `(id, body, expires_at, now)`: inserts, or replaces what is expired or less by an integer field.
    pub(crate) fn upsert(&self, field: &str) -> String {
        let Self { quoted, .. } = self;
        let stored = format!("json_extract({quoted}.body, '$.{field}')");
        format!(
            "INSERT INTO {quoted} (id, body, expires_at, revision) VALUES (?1, ?2, ?3, random()) \
             ON CONFLICT (id) DO UPDATE \
             SET body = excluded.body, expires_at = excluded.expires_at, revision = excluded.revision \
             WHERE {quoted}.expires_at <= ?4 OR typeof({stored}) <> 'integer' \
             OR {stored} < json_extract(excluded.body, '$.{field}')"
        )
    }
}

impl Unique {
    fn new(quoted: &str, fields: Vec<String>) -> Self {
        let same: Vec<String> =
            fields.iter().map(|field| format!("{} = json_extract(?1, '$.{field}')", value(field))).collect();
        let same = same.join(" AND ");
        Self {
            fields,
            exists: format!("SELECT 1 FROM {quoted} WHERE {same}"),
            delete_expired: format!("DELETE FROM {quoted} WHERE {same} AND expires_at <= ?2"),
        }
    }
}

/// The table's name, quoted. Names were checked by [`pawnshop_store::rules`].
pub(crate) fn quoted(collection: &str) -> String {
    format!("\"c_{collection}\"")
}

/// The value of a field, just as the indexes have it: an index serves no other way of writing it.
pub(crate) fn value(field: &str) -> String {
    format!("json_extract(body, '$.{field}')")
}

/// The name of an index: `things/category,price`, or `things/eventId/unique`.
pub(crate) fn index_name(collection: &str, index: &Index) -> String {
    let kind = if index.unique { "/unique" } else { "" };
    format!("{collection}/{}{kind}", index.fields.join(","))
}

/// The fields of a unique index by its name.
pub(crate) fn unique_fields(collection: &str, index_name: &str) -> Option<Vec<String>> {
    let fields = index_name.strip_prefix(collection)?.strip_prefix('/')?.strip_suffix("/unique")?;
    Some(fields.split(',').map(str::to_owned).collect())
}
