//! The commonest handler: one event becomes one document.
//!
//! Being idempotent is all of the work here. The insert says which documents are new; every duplicate is then
//! explained by what is stored, comparing event ids and content hashes (decisions D4 and D5).

use crate::{Handler, Outcome, Unavailable};
use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use pawnshop_domain::Rejection;
use pawnshop_events::{Event, Payload};
use pawnshop_store::{Collection, Document, Inserted, Order, Store, StoreError};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// The field that holds the id of the event that made a document, where that is not the document's own id.
pub const EVENT_ID: &str = "eventId";

/// The field of a document that holds its event's content hash.
pub const CONTENT_HASH: &str = "contentHash";

/// How many documents are inserted at once where each is inserted alone: they share the store's commits.
const ALONE_TOGETHER: usize = 64;

/// A payload that becomes one document.
pub trait ToDocument: Payload + Send + Sync + 'static {
    /// Where its documents go. Unless the documents' ids are event ids, it has a unique index over
    /// [`EVENT_ID`].
    const COLLECTION: Collection;

    /// The document's id and fields; the handler adds [`EVENT_ID`], where it is indexed, and [`CONTENT_HASH`].
    /// A queue is a port like any other: what does not hold is rejected here, whatever was checked before.
    fn to_document(&self, event: &Event) -> Result<Document, Rejection>;

    /// Why an event is rejected whose document's id is taken by another event with another content.
    fn taken(document: &Document) -> Rejection {
        already_exists(document)
    }
}

/// Handles a flow each of whose payloads becomes one document.
pub struct InsertHandler<T> {
    store: Arc<dyn Store>,
    collection: Collection,
    to_document: Box<Conversion<T>>,
    taken: fn(&Document) -> Rejection,
}

/// How a payload becomes a document: see [`ToDocument::to_document`].
type Conversion<T> = dyn Fn(&T, &Event) -> Result<Document, Rejection> + Send + Sync;

impl<T: ToDocument> InsertHandler<T> {
    /// A handler that inserts into this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { taken: T::taken, ..Self::by(store, T::COLLECTION, T::to_document) }
    }
}

impl<T: Payload + Send + Sync + 'static> InsertHandler<T> {
    /// A handler that inserts into this collection what a function makes of each payload; the function can hold what
    /// the flow's pool was configured with. What [`ToDocument`] says of its parts holds for these.
    pub fn by(
        store: Arc<dyn Store>,
        collection: Collection,
        to_document: impl Fn(&T, &Event) -> Result<Document, Rejection> + Send + Sync + 'static,
    ) -> Self {
        Self { store, collection, to_document: Box::new(to_document), taken: already_exists }
    }
}

#[async_trait]
impl<T: Payload + Send + Sync + 'static> Handler for InsertHandler<T> {
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable> {
        let (mut outcomes, inserts) = self.convert(events);
        if inserts.is_empty() {
            return Ok(outcomes);
        }
        let (places, documents): (Vec<_>, Vec<_>) =
            inserts.into_iter().map(|(slot, document)| ((slot, document.id.clone()), document)).unzip();
        let answers = match self.store.insert_many(&self.collection, documents).await {
            Err(StoreError::Refused(reason)) => {
                tracing::warn!(collection = self.collection.name, reason, "inserting documents one by one");
                self.insert_each(self.convert(events).1).await?
            }
            answers => answers?.into_iter().map(Ok).collect(),
        };
        if answers.len() != places.len() {
            let reason = format!("{} answers for {} documents", answers.len(), places.len());
            return Err(StoreError::Refused(reason).into());
        }
        let mut duplicates = Vec::new();
        for ((slot, id), answer) in places.into_iter().zip(answers) {
            match answer {
                Err(reason) => outcomes[slot] = Outcome::Retry(format!("the store refused: {reason}")),
                Ok(Inserted::New) => outcomes[slot] = Outcome::Applied,
                Ok(Inserted::DuplicateId) => duplicates.push(Duplicate { slot, id: Some(id) }),
                Ok(Inserted::DuplicateIndex(fields)) if fields == [EVENT_ID] => {
                    duplicates.push(Duplicate { slot, id: None });
                }
                Ok(Inserted::DuplicateIndex(fields)) => {
                    outcomes[slot] = Outcome::Retry(format!("duplicate on index {}", fields.join(", ")));
                }
            }
        }
        self.explain(events, duplicates, &mut outcomes).await?;
        Ok(outcomes)
    }
}

/// An event whose document was not inserted.
struct Duplicate {
    /// Which event of the batch.
    slot: usize,
    /// The document's id if that is what is taken; `None` when the event's id is.
    id: Option<String>,
}

impl<T: Payload + Send + Sync + 'static> InsertHandler<T> {
    /// Inserts each document alone, so that one that the store cannot hold costs its neighbours nothing: it is its
    /// event's own failure (decision D2). One answer per document, in their order; `Err` is why it was refused.
    async fn insert_each(
        &self,
        inserts: Vec<(usize, Document)>,
    ) -> Result<Vec<Result<Inserted, String>>, StoreError> {
        let insert = |(_, document)| {
            let (store, collection) = (Arc::clone(&self.store), self.collection);
            async move {
                match store.insert_many(&collection, vec![document]).await {
                    Ok(answers) => match answers.into_iter().next() {
                        Some(answer) => Ok(Ok(answer)),
                        None => Err(StoreError::Unavailable("no answer for a document".to_owned())),
                    },
                    Err(StoreError::Refused(reason)) => Ok(Err(reason)),
                    Err(error) => Err(error),
                }
            }
        };
        stream::iter(inserts).map(insert).buffered(ALONE_TOGETHER).try_collect().await
    }

    /// The documents to insert, each with the place of its event; events that have none end here. Places that
    /// wait for the insert hold `Applied` until it answers.
    fn convert(&self, events: &[Event]) -> (Vec<Outcome>, Vec<(usize, Document)>) {
        let mut inserts = Vec::with_capacity(events.len());
        let outcomes = events
            .iter()
            .enumerate()
            .map(|(slot, event)| match self.document(event) {
                Ok(document) => {
                    inserts.push((slot, document));
                    Outcome::Applied
                }
                Err(outcome) => outcome,
            })
            .collect();
        (outcomes, inserts)
    }

    fn document(&self, event: &Event) -> Result<Document, Outcome> {
        if event.kind != T::EVENT_TYPE {
            return Err(Outcome::Retry(format!("event type {:?} is not {}", event.kind, T::EVENT_TYPE)));
        }
        let payload = event
            .payload::<T>()
            .map_err(|error| Outcome::Retry(format!("the payload cannot be read: {error}")))?;
        let mut document = (self.to_document)(&payload, event).map_err(Outcome::Rejected)?;
        if self.collection.indexes.iter().any(|index| index.unique && index.fields == [EVENT_ID]) {
            document.body.insert(EVENT_ID.to_owned(), Value::String(event.id.to_string()));
        }
        document.body.insert(CONTENT_HASH.to_owned(), Value::String(event.content_hash.to_string()));
        Ok(document)
    }

    /// Says what every duplicate is, reading each kind of them at once.
    async fn explain(
        &self,
        events: &[Event],
        duplicates: Vec<Duplicate>,
        outcomes: &mut [Outcome],
    ) -> Result<(), Unavailable> {
        let by_id = self.documents_of(&duplicates).await?;
        // Where another event took the document's id, this event may still have made another document before.
        let mut elsewhere = Vec::new();
        for duplicate in duplicates {
            let event = &events[duplicate.slot];
            let Some(id) = duplicate.id else {
                elsewhere.push((duplicate.slot, None));
                continue;
            };
            match by_id.get(&id) {
                None => outcomes[duplicate.slot] = vanished(&id),
                Some(existing) if made_by(existing) == event.id.to_string() => {
                    outcomes[duplicate.slot] = same_event(existing, event);
                }
                Some(existing) => elsewhere.push((duplicate.slot, Some(existing))),
            }
        }
        let own = self.documents_made_by(elsewhere.iter().map(|&(slot, _)| &events[slot])).await?;
        for (slot, taken_by) in elsewhere {
            let event = &events[slot];
            let id = event.id.to_string();
            outcomes[slot] = match (own.get(&id).and_then(|documents| documents.first()), taken_by) {
                (Some(existing), _) => same_event(existing, event),
                (None, Some(existing)) if has_content(existing, event) => Outcome::Repeated,
                (None, Some(existing)) => Outcome::Rejected((self.taken)(existing)),
                (None, None) => vanished(&id),
            };
        }
        Ok(())
    }

    async fn documents_of(&self, duplicates: &[Duplicate]) -> Result<HashMap<String, Document>, Unavailable> {
        let mut ids: Vec<String> = duplicates.iter().filter_map(|duplicate| duplicate.id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.store.get_many(&self.collection, &ids).await?;
        Ok(found.into_iter().map(|document| (document.id.clone(), document)).collect())
    }

    async fn documents_made_by(
        &self,
        events: impl Iterator<Item = &Event> + Send,
    ) -> Result<HashMap<String, Vec<Document>>, Unavailable> {
        let mut ids: Vec<String> = events.map(|event| event.id.to_string()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.store.find_grouped(&self.collection, EVENT_ID, &ids, Order::Id, 1).await?)
    }
}

fn already_exists(document: &Document) -> Rejection {
    Rejection::conflict("already_exists", format!("\"{}\" exists with other content", document.id))
}

/// The id of the event that made a document: its field, or the document's own id.
fn made_by(document: &Document) -> &str {
    document.text(EVENT_ID).unwrap_or(&document.id)
}

fn same_event(existing: &Document, event: &Event) -> Outcome {
    if has_content(existing, event) { Outcome::Applied } else { Outcome::KeyReused }
}

fn has_content(existing: &Document, event: &Event) -> bool {
    existing.text(CONTENT_HASH) == Some(event.content_hash.as_str())
}

fn vanished(id: &str) -> Outcome {
    Outcome::Retry(format!("the document of \"{id}\" vanished while it was compared"))
}

#[cfg(test)]
mod tests;
