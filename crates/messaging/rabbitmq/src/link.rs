//! One supervised connection.

mod connect;
mod explain;
mod live;
mod pauses;
mod supervise;
mod telling;

use crate::shared::Shared;
pub(crate) use connect::{open, parse_uri};
pub(crate) use explain::{Manner, explain};
pub(crate) use live::{Live, OpenChannel};
use pawnshop_messaging::{BrokerError, PublishError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long closing a connection may take before it is left to its fate.
const CLOSING: Duration = Duration::from_secs(2);

/// What a connection is for; publishing and consuming do not share one (decision D9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Publish,
    Consume,
}

/// One supervised connection: it reconnects for ever and declares the topology at each connect. Dropping the last
/// handle closes it.
#[derive(Debug)]
pub(crate) struct Link {
    core: Arc<Core>,
    _closing: DropGuard,
}

/// What the link shares with its supervisor.
#[derive(Debug)]
struct Core {
    shared: Arc<Shared>,
    purpose: Purpose,
    status: watch::Sender<Status>,
    closing: CancellationToken,
    suspected: Notify,
}

/// How a link stands.
#[derive(Clone, Debug)]
pub(crate) enum Status {
    /// There is no connection, since when and why.
    Down { since: Instant, why: String },
    /// Connected, with the topology declared.
    Up(Arc<Live>),
    /// Connected, but the broker reads nothing from it, since when and why.
    Blocked { since: Instant, why: String },
    /// Closed for good.
    Closed,
}

impl Purpose {
    /// The purpose in a metric's label and in the connection's name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Consume => "consume",
        }
    }
}

impl Link {
    /// Connects in the background.
    pub(crate) fn start(shared: Arc<Shared>, purpose: Purpose) -> Arc<Self> {
        let down = Status::Down { since: Instant::now(), why: "not connected yet".to_owned() };
        let closing = CancellationToken::new();
        let core = Arc::new(Core {
            shared,
            purpose,
            status: watch::Sender::new(down),
            closing: closing.clone(),
            suspected: Notify::new(),
        });
        tokio::spawn(supervise::run(Arc::clone(&core)));
        Arc::new(Self { core, _closing: closing.drop_guard() })
    }

    /// A new channel; waits for a connection no longer than `deadlines.wait`.
    pub(crate) async fn channel(&self) -> Result<OpenChannel, BrokerError> {
        let live = self.live().await?;
        live.channel().await.inspect_err(|_| self.suspect())
    }

    /// The connection as soon as there is one that the broker reads from.
    pub(crate) async fn live(&self) -> Result<Arc<Live>, BrokerError> {
        let mut status = self.status();
        let connected = timeout(self.core.shared.options.deadlines.wait, async {
            loop {
                match &*status.borrow_and_update() {
                    Status::Up(live) => return Ok(Arc::clone(live)),
                    Status::Blocked { why, .. } => return Err(unavailable(&blocked_because(why))),
                    Status::Closed => return Err(BrokerError::Closed),
                    Status::Down { .. } => {}
                }
                if status.changed().await.is_err() {
                    return Err(BrokerError::Closed);
                }
            }
        });
        match connected.await {
            Ok(live) => live,
            Err(_) => Err(match &*status.borrow() {
                Status::Down { why, .. } => unavailable(why),
                _ => unavailable("not connected"),
            }),
        }
    }

    /// Whether there is a connection now on which the broker answers; nobody waits for one that is being made.
    pub(crate) async fn probe(&self) -> Result<(), BrokerError> {
        if let Status::Down { why, .. } = &*self.status().borrow() {
            return Err(unavailable(why));
        }
        self.ping().await
    }

    /// Whether the broker answers on this connection now.
    pub(crate) async fn ping(&self) -> Result<(), BrokerError> {
        self.live().await?.check().await.inspect_err(|_| self.suspect())
    }

    /// Refuses at once what could not be published anyway.
    pub(crate) fn ready_to_publish(&self) -> Result<(), PublishError> {
        match &*self.core.status.borrow() {
            Status::Blocked { why, .. } => Err(PublishError::Unavailable(blocked_because(why))),
            Status::Closed => Err(PublishError::Unavailable("it is closed".to_owned())),
            Status::Up(_) | Status::Down { .. } => Ok(()),
        }
    }

    /// Waits until the broker reads nothing from the connection.
    pub(crate) async fn blocked(&self) {
        // An error says that the sender is gone, which `self` holds.
        let _ = self.status().wait_for(|status| matches!(status, Status::Blocked { .. })).await;
    }

    /// The status, to be watched.
    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.core.status.subscribe()
    }

    /// Something went unanswered: the connection is to be checked at once, and given up if it does not answer.
    pub(crate) fn suspect(&self) {
        self.core.suspected.notify_one();
    }

    /// Closes the connection for good; channels end.
    pub(crate) async fn close(&self) {
        self.core.closing.cancel();
        let mut status = self.status();
        // The supervisor ends by itself, within its own time-outs.
        let _ = timeout(CLOSING * 2, status.wait_for(|status| matches!(status, Status::Closed))).await;
    }
}

/// What callers hear while the broker reads nothing.
pub(crate) fn blocked_because(why: &str) -> String {
    format!("the broker takes no messages: {why}")
}

pub(crate) fn unavailable(why: &str) -> BrokerError {
    BrokerError::Unavailable(why.to_owned())
}

impl Core {
    fn set(&self, status: Status) {
        let label = self.purpose.label();
        let (up, blocked) = match &status {
            Status::Up(_) => (1.0, 0.0),
            Status::Blocked { .. } => (1.0, 1.0),
            Status::Down { .. } | Status::Closed => (0.0, 0.0),
        };
        metrics::gauge!(crate::meters::CONNECTION_UP, "connection" => label).set(up);
        metrics::gauge!(crate::meters::CONNECTION_BLOCKED, "connection" => label).set(blocked);
        self.status.send_replace(status);
    }
}
