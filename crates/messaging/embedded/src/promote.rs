use crate::flow::FlowQueue;
use crate::storage::Flows;
use crate::tables;
use pawnshop_domain::Instant;
use pawnshop_sqlite::{Connection, rusqlite};
use rusqlite::params;
use std::collections::HashMap;
use std::sync::Arc;

/// Events that one transaction moves at most; publishes must not wait long for it.
const AT_ONCE: i64 = 512;

/// Moves events whose delay is over to the end of their flows' tables.
pub(crate) struct Promote {
    pub(crate) flows: Flows,
    pub(crate) delays: Arc<crate::delays::Delays>,
}

/// What was moved, and when the next one is due (which may be now).
#[derive(Default)]
pub(crate) struct Promoted {
    moved: HashMap<String, Moved>,
    next_due: Option<i64>,
}

struct Moved {
    flow: Arc<FlowQueue>,
    events: u64,
    last: i64,
}

impl Promote {
    pub(crate) fn apply(&self, connection: &Connection) -> rusqlite::Result<Promoted> {
        let due: Vec<(i64, String)> = connection
            .prepare_cached(tables::FIND_DUE)?
            .query_map([Instant::now().as_micros(), AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut promoted = Promoted::default();
        for (id, name) in due {
            let moved = match promoted.moved.entry(name) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    let Some(flow) = self.flows.get(entry.key()) else { continue };
                    entry.insert(Moved { flow, events: 0, last: 0 })
                }
            };
            moved.last = moved.flow.next_seq();
            moved.events += 1;
            connection.prepare_cached(&moved.flow.sql.promote)?.execute(params![moved.last, id])?;
            connection.prepare_cached(tables::DELETE_DELAYED)?.execute([id])?;
        }
        promoted.next_due = tables::next_due(connection)?;
        Ok(promoted)
    }

    pub(crate) fn committed(&self, promoted: &Promoted) {
        for moved in promoted.moved.values() {
            moved.flow.promoted(moved.events, moved.last);
        }
        self.delays.replace(promoted.next_due);
    }
}
