use crate::table::Table;
use pawnshop_domain::Instant;
use pawnshop_sqlite::rusqlite::{self, types::Type};
use pawnshop_store::{Document, Revision, StoreError, rules};

/// A document as a table holds it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// JSON text.
    pub(crate) body: String,
    /// In microseconds since the Unix epoch.
    pub(crate) expires_at: Option<i64>,
}

/// What a read selects, for [`document`].
pub(crate) const COLUMNS: &str = "id, body, expires_at, revision";

impl Row {
    /// Checks a document and encodes it.
    pub(crate) fn encode(table: &Table, document: &Document) -> Result<Self, StoreError> {
        rules::document(table.indexes(), document)?;
        let body = serde_json::to_string(&document.body)
            .map_err(|error| StoreError::Refused(format!("{:?} cannot be encoded: {error}", document.id)))?;
        if body.len() > rules::MAX_BODY_BYTES {
            let (id, size, most) = (&document.id, body.len(), rules::MAX_BODY_BYTES);
            return Err(StoreError::Refused(format!(
                "{id:?} has a body of {size} bytes; {most} is the most"
            )));
        }
        Ok(Self { id: document.id.clone(), body, expires_at: document.expires_at.map(Instant::as_micros) })
    }
}

/// The document of a row of [`COLUMNS`].
pub(crate) fn document(row: &rusqlite::Row<'_>) -> rusqlite::Result<Document> {
    let unreadable =
        |error: serde_json::Error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error));
    let expires_at: Option<i64> = row.get(2)?;
    Ok(Document {
        id: row.get(0)?,
        body: serde_json::from_slice(row.get_ref(1)?.as_bytes()?).map_err(unreadable)?,
        expires_at: expires_at.map(Instant::from_micros),
        revision: Revision(row.get(3)?),
    })
}
