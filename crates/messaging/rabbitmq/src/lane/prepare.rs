use super::{Confirms, Lane, Pack};
use crate::link::{Live, OpenChannel, Status};
use crate::shared::{Flow, Shared};
use crate::topology::{self, DeclareError};
use futures::future::BoxFuture;
use pawnshop_messaging::{BrokerError, PublishError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The pause after a preparation that failed on a connection that is up.
const PAUSE: Duration = Duration::from_millis(200);

/// What must happen before a lane can send: a channel opened, and after something went missing the topology declared
/// again (decision D6). Done beside the lane's other work.
#[derive(Default)]
pub(super) struct Preparation {
    declare: bool,
    open: bool,
    running: Option<BoxFuture<'static, Prepared>>,
    not_before: Option<Instant>,
}

/// With a channel, if one was needed.
pub(super) type Prepared = Result<Option<OpenChannel>, BrokerError>;

impl Preparation {
    pub(super) fn is_needed(&self) -> bool {
        self.open || self.declare
    }

    /// Another channel is needed.
    pub(super) fn need_channel(&mut self) {
        self.open = true;
    }

    /// Something is missing at the broker.
    pub(super) fn need_declaration(&mut self) {
        self.declare = true;
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.not_before.filter(|_| self.running.is_none())
    }

    /// The end of the running preparation; never, if none is running.
    pub(super) async fn done(&mut self) -> Prepared {
        match &mut self.running {
            Some(running) => running.await,
            None => std::future::pending().await,
        }
    }
}

impl<P: Pack> Lane<P> {
    /// Begins to prepare if that is needed and possible.
    pub(super) fn prepare(&mut self, now: Instant, status: &Status) {
        // What a dead channel has outstanding is read first.
        if self.confirms.as_ref().is_some_and(|confirms| !confirms.is_alive() && confirms.len() == 0) {
            self.confirms = None;
        }
        let preparation = &mut self.preparation;
        if self.confirms.is_none() {
            preparation.need_channel();
        }
        let too_soon = preparation.not_before.is_some_and(|time| now < time);
        let Status::Up(live) = status else { return };
        let dying = self.confirms.as_ref().is_some_and(|confirms| !confirms.is_alive());
        if !preparation.is_needed() || preparation.running.is_some() || too_soon || dying {
            return;
        }
        let flows = preparation.declare.then(|| match &self.flow {
            Some(flow) => vec![Arc::clone(flow)],
            None => self.shared.flows(),
        });
        let (live, shared) = (Arc::clone(live), Arc::clone(&self.shared));
        preparation.running = Some(Box::pin(run(live, shared, flows, preparation.open)));
    }

    pub(super) fn prepared(&mut self, prepared: Prepared) {
        self.preparation.running = None;
        match prepared {
            Ok(open) => {
                if let Some(open) = open {
                    self.confirms = Some(Confirms::new(open));
                }
                self.preparation = Preparation::default();
            }
            Err(error) => {
                self.preparation.not_before = Some(Instant::now() + PAUSE);
                for batch in self.again.iter_mut().filter(|batch| batch.returned_once) {
                    batch.answer(&Err(PublishError::Unavailable(error.to_string())));
                }
                self.again.retain(|batch| !batch.waiting.is_empty());
            }
        }
    }
}

async fn run(live: Arc<Live>, shared: Arc<Shared>, flows: Option<Vec<Arc<Flow>>>, open: bool) -> Prepared {
    if let Some(flows) = flows {
        match topology::declare(&live, &shared, &flows).await {
            Ok(()) => {}
            Err(DeclareError::Refused(why)) => return Err(BrokerError::Declare(why)),
            Err(DeclareError::Lost(why)) => return Err(BrokerError::Unavailable(why)),
        }
    }
    if open { live.confirm_channel().await.map(Some) } else { Ok(None) }
}
