use crate::promote::{Promote, Promoted};
use crate::publish::Publish;
use crate::settle::Settle;
use crate::tables::FlowSql;
use pawnshop_domain::FlowName;
use pawnshop_sqlite::{Connection, Write, rusqlite};

/// Everything that changes the queue's file.
pub(crate) enum Work {
    Declare(Vec<FlowName>),
    Publish(Publish),
    Settle(Settle),
    Promote(Promote),
    /// Changes nothing: whether the writer would answer.
    Ping,
    #[cfg(test)]
    Sql(&'static str),
}

/// What its `committed` must know.
pub(crate) enum Done {
    Nothing,
    /// The last sequence number.
    Published(i64),
    /// The first time that a retry is due.
    Settled(Option<i64>),
    Promoted(Promoted),
}

impl Write for Work {
    type Reply = Done;

    fn apply(&self, connection: &Connection) -> rusqlite::Result<Done> {
        match self {
            Self::Declare(flows) => {
                for flow in flows {
                    connection.execute_batch(&FlowSql::new(flow).create)?;
                }
                Ok(Done::Nothing)
            }
            Self::Publish(publish) => publish.apply(connection).map(Done::Published),
            Self::Settle(settle) => settle.apply(connection).map(Done::Settled),
            Self::Promote(promote) => promote.apply(connection).map(Done::Promoted),
            Self::Ping => Ok(Done::Nothing),
            #[cfg(test)]
            Self::Sql(sql) => connection.execute_batch(sql).map(|()| Done::Nothing),
        }
    }

    fn committed(&self, done: &Done) {
        match (self, done) {
            (Self::Publish(publish), Done::Published(last)) => publish.committed(*last),
            (Self::Settle(settle), Done::Settled(first_due)) => settle.committed(*first_due),
            (Self::Promote(promote), Done::Promoted(promoted)) => promote.committed(promoted),
            _ => {}
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Publish(publish) => publish.weight(),
            Self::Settle(settle) => settle.weight(),
            _ => 1,
        }
    }
}
