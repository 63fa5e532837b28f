use crate::flow::FlowQueue;
use crate::room::Reservation;
use crate::storage::Storage;
use crate::work::Work;
use async_trait::async_trait;
use bytes::Bytes;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_messaging::{PublishError, Publisher, sending};
use pawnshop_sqlite::{Connection, SqliteError, rusqlite};
use rusqlite::params;
use std::sync::Arc;

/// The publishing side: encodes where it is called, so that the writer's thread only inserts.
pub(crate) struct EmbeddedPublisher {
    pub(crate) storage: Arc<Storage>,
}

#[async_trait]
impl Publisher for EmbeddedPublisher {
    async fn publish(&self, flow: &FlowName, events: Vec<Event>) -> Result<(), PublishError> {
        sending(self.system(), flow, events, |events| self.insert(flow, events)).await
    }
}

impl EmbeddedPublisher {
    async fn insert(&self, flow: &FlowName, events: Vec<Event>) -> Result<(), PublishError> {
        let flow = self.storage.flow(flow).ok_or_else(|| PublishError::UnknownFlow(flow.clone()))?;
        if events.is_empty() {
            return Ok(());
        }
        let limit = self.storage.options.max_event_bytes;
        let mut bytes = 0;
        let mut rows = Vec::with_capacity(events.len());
        for event in &events {
            let body = event.encode();
            if body.len() > limit {
                return Err(PublishError::TooLarge { size: body.len(), limit });
            }
            bytes += body.len() as u64;
            rows.push((event.attempt, body));
        }
        drop(events);
        let room = self.storage.room.reserve(rows.len() as u64, bytes)?;
        match self.storage.writer.submit(Work::Publish(Publish { flow, rows, room })).await {
            Ok(_) => Ok(()),
            Err(error) => Err(refusal(error)),
        }
    }
}

/// Events on their way into a flow's table.
pub(crate) struct Publish {
    flow: Arc<FlowQueue>,
    rows: Vec<(u32, Bytes)>,
    room: Reservation,
}

impl Publish {
    pub(crate) fn weight(&self) -> usize {
        self.rows.len()
    }

    /// Inserts the rows; the last one's sequence number.
    pub(crate) fn apply(&self, connection: &Connection) -> rusqlite::Result<i64> {
        let mut insert = connection.prepare_cached(&self.flow.sql.insert)?;
        let mut last = 0;
        for (attempt, body) in &self.rows {
            last = self.flow.next_seq();
            insert.execute(params![last, attempt, &body[..]])?;
        }
        Ok(last)
    }

    pub(crate) fn committed(&self, last: i64) {
        self.room.keep();
        self.flow.published(self.room.events, last);
    }
}

fn refusal(error: SqliteError) -> PublishError {
    let text = error.to_string();
    match error {
        SqliteError::Full(_) => PublishError::Full(text),
        // Rolled back, but after a failed sync the rows may stand in the log: a crash could bring them back.
        SqliteError::Unavailable(_)
        | SqliteError::Damaged(_)
        | SqliteError::TimedOut(_)
        | SqliteError::Closed => PublishError::Unconfirmed(text),
        SqliteError::Busy(_) | SqliteError::Statement(_) => PublishError::Unavailable(text),
    }
}
