use super::record::own_id;
use super::{COLLECTION, OutcomeRecord, Outcomes};
use futures::stream::{self, StreamExt, TryStreamExt};
use pawnshop_domain::EventId;
use pawnshop_events::ContentHash;
use pawnshop_store::{Document, Inserted, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// How often a write may find that somebody else changed the document meanwhile.
const ROUNDS: usize = 8;

/// How many documents are replaced at once: side by side they share a store's commits.
const REPLACED_TOGETHER: usize = 64;

impl Outcomes {
    /// Writes outcomes, durably and all in few round trips. Of one event, applied wins over rejected over
    /// dead-lettered, whatever comes first; a dead letter that came back is replaced by its later self.
    ///
    /// Safe to repeat: what an earlier try wrote is not written again. A stored outcome that cannot be read is
    /// left alone. An error says nothing about which of them were written.
    pub async fn record(&self, records: Vec<OutcomeRecord>) -> Result<(), StoreError> {
        let mut open = records;
        for _ in 0..ROUNDS {
            open = strongest(open);
            let documents = open.iter().map(|record| record.to_document(self.retention)).collect();
            let answers = self.store.insert_many(&COLLECTION, documents).await?;
            let there =
                |(record, answer): (OutcomeRecord, Inserted)| (answer != Inserted::New).then_some(record);
            open = open.into_iter().zip(answers).filter_map(there).collect();
            if !open.is_empty() {
                open = self.replace_lesser(open).await?;
            }
            if open.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Unavailable("outcome documents kept changing while they were written".to_owned()))
    }

    /// Sets each record against the document of its id; returns those that must be inserted (again).
    async fn replace_lesser(&self, records: Vec<OutcomeRecord>) -> Result<Vec<OutcomeRecord>, StoreError> {
        let ids: Vec<String> = records.iter().map(|record| record.id.to_string()).collect();
        let stored = self.store.get_many(&COLLECTION, &ids).await?;
        let stored: HashMap<&str, _> =
            stored.iter().map(|document| (document.id.as_str(), document)).collect();
        let (mut again, mut replacements) = (Vec::new(), Vec::new());
        for (mut record, id) in records.into_iter().zip(&ids) {
            let Some(document) = stored.get(id.as_str()) else {
                again.push(record);
                continue;
            };
            let Some(present) = OutcomeRecord::from_document(document) else { continue };
            if let Some(own) = own_id_beside(&record, &present) {
                record.id = own;
                again.push(record);
            } else if replaces(&record, &present) && !is_written(&record, &present) {
                let mut replacement = record.to_document(self.retention);
                replacement.revision = document.revision;
                replacements.push((record, replacement));
            }
        }
        again.extend(self.replace(replacements).await?);
        Ok(again)
    }

    /// Replaces documents; returns the records whose documents changed meanwhile.
    async fn replace(
        &self,
        replacements: Vec<(OutcomeRecord, Document)>,
    ) -> Result<Vec<OutcomeRecord>, StoreError> {
        let update = |(record, replacement)| {
            let store = Arc::clone(&self.store);
            async move {
                let replaced = store.update_if_unchanged(&COLLECTION, replacement).await?;
                Ok((!replaced).then_some(record))
            }
        };
        let updates = stream::iter(replacements).map(update).buffer_unordered(REPLACED_TOGETHER);
        let changed: Vec<Option<OutcomeRecord>> = updates.try_collect().await?;
        Ok(changed.into_iter().flatten().collect())
    }
}

/// An event of the same id but another content ended first: this one is kept beside it, not over it.
fn own_id_beside(record: &OutcomeRecord, present: &OutcomeRecord) -> Option<EventId> {
    let (content, other) = (record.content_hash.as_ref()?, present.content_hash.as_ref()?);
    (content != other && record.id == record.event_id).then(|| own_id(&record.event_id, content))
}

fn replaces(record: &OutcomeRecord, present: &OutcomeRecord) -> bool {
    let (new, old) = (record.kind.rank(), present.kind.rank());
    // A dead letter that is dead again was replayed: its attempts and reason are the later ones.
    new > old || (new == old && record.kind.as_str() == "dead-lettered")
}

/// Whether `present` is what an earlier try to write `record` left. Once replayed it is not: the event came back.
fn is_written(record: &OutcomeRecord, present: &OutcomeRecord) -> bool {
    present.replayed.is_none()
        && record.flow == present.flow
        && record.kind == present.kind
        && record.content_hash == present.content_hash
        && record.attempts == present.attempts
}

/// One record of each id and content: copies of one event may end in one batch.
fn strongest(records: Vec<OutcomeRecord>) -> Vec<OutcomeRecord> {
    let mut strongest: HashMap<(EventId, Option<ContentHash>), OutcomeRecord> = HashMap::new();
    for record in records {
        let key = (record.id, record.content_hash.clone());
        match strongest.get(&key) {
            Some(present) if !replaces(&record, present) => {}
            _ => {
                strongest.insert(key, record);
            }
        }
    }
    strongest.into_values().collect()
}

#[cfg(test)]
mod tests;
