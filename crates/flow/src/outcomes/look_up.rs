use super::record::own_id;
use super::{COLLECTION, OutcomeKind, OutcomeRecord, Outcomes};
use crate::insert::{CONTENT_HASH, EVENT_ID};
use crate::{Flow, Proof};
use pawnshop_domain::EventId;
use pawnshop_events::ContentHash;
use pawnshop_store::{Document, Filter, Find, Order, StoreError};

impl Outcomes {
    /// What became of an event of one of these flows; `None` while nothing is known of it.
    ///
    /// The flows' proofs are asked first, then the outcome documents. With `content` the answer is that event's
    /// own: one of the same id but another content (a reused key) does not answer for it.
    pub async fn look_up(
        &self,
        flows: &[Flow],
        event_id: EventId,
        content: Option<&ContentHash>,
    ) -> Result<Option<OutcomeRecord>, StoreError> {
        for flow in flows {
            let proof = self.proof(flow, event_id).await?;
            if proof.is_some_and(|document| is_of(document.text(CONTENT_HASH), content)) {
                return Ok(Some(proven(flow, event_id)));
            }
        }
        let ids = [Some(event_id), content.map(|content| own_id(&event_id, content))];
        let ids: Vec<String> = ids.iter().flatten().map(EventId::to_string).collect();
        let documents = self.store.get_many(&COLLECTION, &ids).await?;
        let records = documents.iter().filter_map(OutcomeRecord::from_document);
        let answers = |record: &OutcomeRecord| {
            flows.iter().any(|flow| flow.name == record.flow)
                && is_of(record.content_hash.as_ref().map(ContentHash::as_str), content)
        };
        Ok(records.filter(answers).max_by_key(|record| record.kind.rank()))
    }

    async fn proof(&self, flow: &Flow, event_id: EventId) -> Result<Option<Document>, StoreError> {
        let documents = match flow.proof {
            Proof::DocumentId(collection) => {
                self.store.get_many(&collection, &[event_id.to_string()]).await?
            }
            Proof::EventIdField(collection) => {
                let filter = Filter { field: EVENT_ID, value: event_id.to_string().into() };
                let find = Find { filter: Some(filter), order: Order::Id, after: None, limit: 1 };
                self.store.find(&collection, &find).await?
            }
            Proof::Unrecorded => return Ok(None),
        };
        Ok(documents.into_iter().next())
    }
}

/// Whether what is stored is of the content asked for; a missing hash on either side says nothing against it.
fn is_of(stored: Option<&str>, content: Option<&ContentHash>) -> bool {
    match (stored, content) {
        (Some(stored), Some(content)) => stored == content.as_str(),
        _ => true,
    }
}

fn proven(flow: &Flow, event_id: EventId) -> OutcomeRecord {
    OutcomeRecord {
        id: event_id,
        event_id,
        flow: flow.name.clone(),
        kind: OutcomeKind::Applied,
        attempts: 0,
        content_hash: None,
        time: None,
        envelope: None,
        replayed: None,
    }
}
