//! The task that talks to the broker for one consumer.

mod answering;
mod arriving;
mod quiet;

use super::held::{Held, Settled};
use super::message::{End, Finished, Origin};
use super::publishing::Publishing;
use super::source::{Arrival, Source};
use crate::link::{Link, unavailable};
use crate::shared::Shared;
use futures::StreamExt;
use futures::future::{BoxFuture, join_all, try_join_all};
use futures::stream::{BoxStream, FuturesUnordered, SelectAll};
use lapin::options::BasicNackOptions;
use pawnshop_messaging::{BrokerError, PublishError, Receipt};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::Span;

/// How long a message that cannot be taken now is kept from coming again at once.
const PAUSE: Duration = Duration::from_millis(500);

/// How often queues that send nothing are looked after.
const ROUND: Duration = Duration::from_secs(2);

/// The one task that talks to the broker for one consumer: it alone knows the channels, so that what is answered
/// and in which order is known in one place. It ends when the consumer is dropped, or a channel is lost.
pub(super) struct Pump {
    shared: Arc<Shared>,
    link: Arc<Link>,
    publishing: Publishing,
    held: Arc<Held>,
    sources: Vec<Source>,
    arrivals: SelectAll<BoxStream<'static, Arrival>>,
    chores: FuturesUnordered<BoxFuture<'static, Chore>>,
}

/// What one call settled, and where to tell how it goes.
#[derive(Debug)]
pub(super) struct Settle {
    pub(super) settled: Settled,
    /// The span that it was settled in.
    pub(super) within: Span,
    /// Told when the broker knows of everything that needs no publish.
    pub(super) answered: oneshot::Sender<()>,
    /// What went wrong; dropped when all is done. When nobody listens any more, `Held` keeps it.
    pub(super) faults: UnboundedSender<BrokerError>,
}

/// Whatever ends the task, nobody waits for it any more.
struct Ended(Arc<Held>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.lose(unavailable("the consumer has ended"));
    }
}

/// Something that took a while is done.
enum Chore {
    /// A part was published elsewhere, or not.
    Departed { receipt: Receipt, published: Result<(), PublishError>, faults: UnboundedSender<BrokerError> },
    /// Part of a message was published anew, or not.
    Republished {
        finished: Finished,
        published: Result<(), PublishError>,
        faults: UnboundedSender<BrokerError>,
    },
    /// All of a message was published elsewhere, or not.
    Moved { origin: Origin, published: Result<(), PublishError> },
    /// A message that could not be taken may come again.
    Paused(Origin),
}

impl Pump {
    /// Consumes all sources.
    pub(super) async fn start(
        shared: Arc<Shared>,
        link: Arc<Link>,
        publishing: Publishing,
        held: Arc<Held>,
        sources: Vec<Source>,
    ) -> Result<Self, BrokerError> {
        let (arrivals, chores) = (SelectAll::new(), FuturesUnordered::new());
        let mut pump = Self { shared, link, publishing, held, sources, arrivals, chores };
        for source in 0..pump.sources.len() {
            pump.subscribe(source, pump.sources[source].window.prefetch()).await?;
        }
        Ok(pump)
    }

    /// Pumps until the consumer is dropped, then returns to the broker what is not settled.
    pub(super) async fn run(mut self, mut settles: UnboundedReceiver<Settle>) {
        let _ended = Ended(Arc::clone(&self.held));
        match self.work(&mut settles).await {
            Ok(()) => {
                let patience = self.shared.options.deadlines.publish;
                if !matches!(timeout(patience, self.finish()).await, Ok(Ok(()))) {
                    tracing::debug!("a consumer ended before everything that it had begun was published");
                }
            }
            Err(lost) => {
                tracing::warn!(error = %lost, "a consumer is lost; what it holds comes again");
                self.shared.set_returned();
                self.held.lose(lost);
            }
        }
        // The broker returns whatever is unanswered then.
        let open = self.sources.iter().filter(|source| !source.channel.lost.is_cancelled());
        let closing = join_all(open.map(|source| source.channel.close(200, "".into())));
        if timeout(self.patience(), closing).await.is_err() {
            self.link.suspect();
        }
    }

    async fn work(&mut self, settles: &mut UnboundedReceiver<Settle>) -> Result<(), BrokerError> {
        // They are all of one connection, or one is lost already.
        let lost = self.sources.first().map(|source| source.channel.lost.clone()).unwrap_or_default();
        let mut rounds = interval(ROUND.min(self.shared.options.deadlines.quiet));
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = lost.cancelled() => return Err(unavailable("the connection was lost")),
                settle = settles.recv() => match settle {
                    Some(settle) => self.settle(settle).await?,
                    None => return Ok(()),
                },
                Some(chore) = self.chores.next() => self.done(chore).await?,
                Some(arrival) = self.arrivals.next() => self.arrived(arrival).await?,
                _ = rounds.tick() => self.look_after_the_quiet().await?,
            }
        }
    }

    /// Leaves nothing half done: events of a message whose others have ended are published anew. The rest is returned.
    async fn finish(&mut self) -> Result<(), BrokerError> {
        let patience = self.patience();
        // First, or what is returned comes here again.
        let cancelling = try_join_all(self.sources.iter_mut().map(Source::cancel));
        answered(patience, &self.link, cancelling).await?;
        self.arrivals.clear();
        self.shared.set_returned();
        let unsettled = self.held.give_up_on_the_worker();
        let begun = |finished: &Finished| finished.end != End::Return;
        if unsettled.iter().any(begun) || !self.chores.is_empty() {
            let (faults, _) = tokio::sync::mpsc::unbounded_channel();
            self.end(unsettled, &faults).await?;
            // While the broker takes no messages nothing comes of it: their messages are returned whole.
            let publishing = self.publishing.clone();
            let mut blocked = pin!(publishing.blocked());
            loop {
                tokio::select! {
                    biased;
                    chore = self.chores.next() => match chore {
                        Some(chore) => self.done(chore).await?,
                        None => break,
                    },
                    () = &mut blocked => break,
                }
            }
        }
        // A return counts as no delivery (RabbitMQ 4.3 and later), the end of a channel does. Tag 0 is all there is.
        let rest = BasicNackOptions { requeue: true, multiple: true };
        let returning = try_join_all(self.sources.iter().map(|source| source.channel.basic_nack(0, rest)));
        answered(patience, &self.link, returning).await.map(drop)
    }

    async fn subscribe(&mut self, source: usize, prefetch: u16) -> Result<(), BrokerError> {
        let (patience, link) = (self.patience(), Arc::clone(&self.link));
        let subscribing = self.sources[source].subscribe(source, prefetch);
        let arrivals = answered(patience, &link, subscribing).await?;
        self.arrivals.push(arrivals);
        Ok(())
    }

    fn chore(&self, chore: impl Future<Output = Chore> + Send + 'static) {
        self.chores.push(Box::pin(chore));
    }

    fn patience(&self) -> Duration {
        self.shared.options.deadlines.request
    }
}

async fn answered<T>(
    patience: Duration,
    link: &Link,
    asking: impl Future<Output = lapin::Result<T>>,
) -> Result<T, BrokerError> {
    match timeout(patience, asking).await {
        Ok(answer) => answer.map_err(|error| unavailable(&error.to_string())),
        Err(_) => {
            link.suspect();
            Err(unavailable("the broker does not answer"))
        }
    }
}

/// What came of publishing a message elsewhere, a failure after a pause: it comes again at once.
pub(super) async fn after_pause(published: Result<(), PublishError>) -> Result<(), PublishError> {
    if let Err(error) = &published {
        tracing::warn!(%error, "a message that came too often or is too large could not be put elsewhere");
        sleep(PAUSE).await;
    }
    published
}
