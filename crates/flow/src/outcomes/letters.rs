use super::record::{LETTER, LETTER_FLOW};
use super::{COLLECTION, OutcomeRecord, Outcomes};
use pawnshop_domain::{EventId, FlowName, Instant};
use pawnshop_store::{After, Document, Filter, Find, Order, Revision, StoreError};
use serde_json::json;

/// A dead letter, or the rejection of a reused key: an event that is kept whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// The event and what became of it; its `envelope` is there.
    pub record: OutcomeRecord,
    revision: Revision,
}

impl Outcomes {
    /// A page of letters in id order, of one flow or of all; `after` is the last id of the page before.
    pub async fn letters(
        &self,
        flow: Option<&FlowName>,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Letter>, StoreError> {
        let filter = match flow {
            Some(flow) => Filter { field: LETTER_FLOW, value: json!(flow) },
            None => Filter { field: LETTER, value: json!(1) },
        };
        let after = after.map(|id| After { value: 0, id });
        let mut find = Find { filter: Some(filter), order: Order::Id, after, limit };
        let mut letters = Vec::new();
        // Documents that cannot be read are passed over; a page is short only at the end.
        loop {
            find.limit = limit - letters.len();
            let documents = self.store.find(&COLLECTION, &find).await?;
            letters.extend(documents.iter().filter_map(Letter::from_document));
            match documents.last() {
                Some(last) if documents.len() == find.limit && letters.len() < limit => {
                    find.after = Some(After { value: 0, id: last.id.clone() });
                }
                _ => return Ok(letters),
            }
        }
    }

    /// The letter of this id.
    pub async fn letter(&self, id: EventId) -> Result<Option<Letter>, StoreError> {
        let documents = self.store.get_many(&COLLECTION, &[id.to_string()]).await?;
        let letter = documents.first().and_then(Letter::from_document);
        Ok(letter.filter(|letter| letter.record.envelope.is_some()))
    }

    /// Notes that the letter was published again; `false` when it has changed since it was read, as it has when
    /// the event already ended anew.
    pub async fn mark_replayed(&self, letter: &Letter, at: Instant) -> Result<bool, StoreError> {
        let record = OutcomeRecord { replayed: Some(at), ..letter.record.clone() };
        let mut document = record.to_document(self.retention);
        document.revision = letter.revision;
        self.store.update_if_unchanged(&COLLECTION, document).await
    }

    /// Deletes a letter, by letting it expire; `false` when it has changed since it was read, or is gone. Its
    /// event may have ended anew meanwhile, and that outcome must stay.
    pub async fn drop_letter(&self, letter: &Letter) -> Result<bool, StoreError> {
        let mut document = letter.record.to_document(self.retention);
        document.expires_at = Some(Instant::now());
        document.revision = letter.revision;
        self.store.update_if_unchanged(&COLLECTION, document).await
    }
}

impl Letter {
    fn from_document(document: &Document) -> Option<Self> {
        let record = OutcomeRecord::from_document(document)?;
        Some(Self { record, revision: document.revision })
    }
}
