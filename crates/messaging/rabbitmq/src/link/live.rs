use super::unavailable;
use lapin::options::{ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use pawnshop_messaging::BrokerError;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// One connection from its handshake to its end.
pub(crate) struct Live {
    pub(crate) connection: lapin::Connection,
    /// Cancelled when the connection is lost or given up.
    pub(crate) lost: CancellationToken,
    /// How long the broker may take to answer a request.
    pub(crate) patience: Duration,
}

/// A fresh channel of a live connection.
#[derive(Clone, Debug)]
pub(crate) struct OpenChannel {
    pub(crate) channel: lapin::Channel,
    /// Cancelled when the channel's connection is lost or given up, which lapin may notice later.
    pub(crate) lost: CancellationToken,
}

impl Live {
    /// A new channel of this connection.
    pub(crate) async fn channel(&self) -> Result<OpenChannel, BrokerError> {
        let opening = timeout(self.patience, self.connection.create_channel());
        match self.lost.run_until_cancelled(opening).await {
            Some(Ok(Ok(channel))) => Ok(OpenChannel { channel, lost: self.lost.clone() }),
            Some(Ok(Err(error))) => Err(unavailable(&error.to_string())),
            Some(Err(_)) => Err(unavailable("the broker does not answer")),
            None => Err(unavailable("the connection was lost")),
        }
    }

    /// A new channel whose publishes are confirmed.
    pub(crate) async fn confirm_channel(&self) -> Result<OpenChannel, BrokerError> {
        let open = self.channel().await?;
        let selected = timeout(self.patience, open.confirm_select(ConfirmSelectOptions::default()));
        match selected.await {
            Ok(Ok(())) => Ok(open),
            Ok(Err(error)) => Err(unavailable(&error.to_string())),
            Err(_) => Err(unavailable("the broker does not answer")),
        }
    }

    /// Asks the broker for something that it always answers: a channel.
    pub(crate) async fn check(&self) -> Result<(), BrokerError> {
        self.channel().await.map(drop)
    }

    /// How many messages of this queue are ready, by a passive declaration: exact, but without what consumers hold.
    pub(crate) async fn ready(&self, queue: &str) -> Result<u64, BrokerError> {
        self.channel().await?.ready(queue, self.patience).await
    }
}

impl OpenChannel {
    /// The same on this channel, which an error may close.
    pub(crate) async fn ready(&self, queue: &str, patience: Duration) -> Result<u64, BrokerError> {
        let options = QueueDeclareOptions { passive: true, durable: true, ..QueueDeclareOptions::default() };
        let asked = timeout(patience, self.queue_declare(queue.into(), options, FieldTable::default()));
        match asked.await {
            Ok(Ok(queue)) => Ok(u64::from(queue.message_count())),
            Ok(Err(error)) => Err(unavailable(&error.to_string())),
            Err(_) => Err(unavailable("the broker does not answer")),
        }
    }
}

impl Deref for OpenChannel {
    type Target = lapin::Channel;

    fn deref(&self) -> &lapin::Channel {
        &self.channel
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("lost", &self.lost.is_cancelled()).finish_non_exhaustive()
    }
}
