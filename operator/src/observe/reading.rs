use super::management::{MOST_OF_A_SHOP, MOST_PAGES, PAGE};
use k8s_openapi::jiff::Timestamp;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// What a broker last told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// It has not been asked yet.
    #[default]
    None,
    /// It answered: each queue of the shop, by its name.
    Queues(BTreeMap<String, Queue>),
    /// It did not answer as it should.
    Failed(ReadingError),
}

/// A queue, as the broker last counted it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Its messages, ready and unacknowledged; `None`: not counted yet.
    pub messages: Option<u64>,
    /// The bytes of their bodies; `None`: not counted yet.
    pub bytes: Option<u64>,
    /// How many messages were acknowledged since the broker began to count.
    pub acknowledged: u64,
    /// Whether it runs.
    pub running: bool,
}

/// A reading, and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What the broker told.
    pub reading: Reading,
    /// When, as this process tells time.
    pub seen: Instant,
    /// When, as the world does.
    pub at: Timestamp,
}

impl Observed {
    /// This reading, made now.
    pub fn now(reading: Reading) -> Self {
        Self { reading, seen: Instant::now(), at: Timestamp::now() }
    }
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
    /// There are more queues than are read.
    #[error("there are more queues than are read: {} of a vhost, and {} of a shop", MOST_PAGES * PAGE, MOST_OF_A_SHOP)]
    TooMany,
}

impl Reading {
    /// What it tells as far as a shop's conditions depend on it: whether there is something in the queues.
    pub(super) fn outline(&self) -> Self {
        match self {
            Self::Queues(queues) => {
                Self::Queues(queues.iter().map(|(name, queue)| (name.clone(), queue.outline())).collect())
            }
            other => other.clone(),
        }
    }
}

impl Queue {
    fn outline(self) -> Self {
        Self { messages: self.messages.map(|count| count.min(1)), running: self.running, ..Self::default() }
    }
}
