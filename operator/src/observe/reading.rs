use super::Backlog;
use std::collections::BTreeMap;

/// What a broker last told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// It has not been asked yet.
    #[default]
    None,
    /// It answered: the messages of each queue of the vhost, where it has counted them.
    Queues(BTreeMap<String, Option<u64>>),
    /// It did not answer as it should.
    Failed(ReadingError),
}

/// Why a broker did not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadingError {
    /// Its user or password is wrong, or the user may not ask.
    #[error("the management API refuses the user (status {0}): correct the management URI in its Secret")]
    Refused(u16),
    /// It answers, and not with figures.
    #[error("the management API answers with status {0}")]
    Status(u16),
    /// It does not answer.
    #[error("the management API cannot be reached: {0}")]
    Unreachable(String),
    /// It answers something else.
    #[error("what answers at the management URI is no management API of RabbitMQ")]
    Answer,
}

impl Reading {
    /// The events in these queues. A message holds one event or many, so that only none at all is a known number of
    /// events for as long as nobody tells how large events are (decision K1).
    pub fn backlog(&self, queues: impl IntoIterator<Item = String>) -> Backlog {
        let known = match self {
            Self::None => return Backlog::Unknown("the broker has not been asked yet".to_owned()),
            Self::Failed(error) => return Backlog::Unknown(error.to_string()),
            Self::Queues(known) => known,
        };
        let mut sum = Backlog::Known(0);
        for queue in queues {
            sum = sum
                + match known.get(&queue) {
                    Some(Some(0)) => Backlog::Known(0),
                    Some(Some(_)) => {
                        Backlog::Unknown("messages wait; how many events they hold is not known".to_owned())
                    }
                    Some(None) => Backlog::Unknown("the broker has no statistics of a queue yet".to_owned()),
                    None => Backlog::Unknown("a queue is not declared yet".to_owned()),
                };
        }
        sum
    }

    /// What it tells about the queues whose names begin so: what a shop sees of it.
    pub(super) fn of(&self, prefix: &str) -> Self {
        match self {
            Self::Queues(queues) => {
                let its = queues.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
                Self::Queues(
                    its.map(|(name, messages)| (name.clone(), messages.map(|count| count.min(1)))).collect(),
                )
            }
            other => other.clone(),
        }
    }
}
