use super::budget;
use super::held::{Departure, Destination, Held, Settled};
use super::intake::Intake;
use super::message::{End, Finished, Message, Origin};
use super::publishing::Publishing;
use super::source::{Arrival, Kind, Source, What};
use super::tags::{Acks, Tags};
use crate::link::{Link, OpenChannel, unavailable};
use crate::shared::Shared;
use crate::topology::{self, DeclareError};
use bytes::Bytes;
use futures::StreamExt;
use futures::future::{BoxFuture, try_join_all};
use futures::stream::{BoxStream, FuturesUnordered, SelectAll};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use pawnshop_messaging::{BrokerError, PublishError, Receipt};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// How long a message that cannot be taken now is kept from coming again at once.
const PAUSE: Duration = Duration::from_millis(500);

/// How often queues that send nothing are looked after.
const ROUND: Duration = Duration::from_secs(2);

/// The one task that talks to the broker for one consumer: it alone knows the channel, so that what is answered
/// and in which order is known in one place. It ends when the consumer is dropped, or the channel is lost.
pub(super) struct Pump {
    shared: Arc<Shared>,
    link: Arc<Link>,
    publishing: Publishing,
    held: Arc<Held>,
    channel: OpenChannel,
    sources: Vec<Source>,
    arrivals: SelectAll<BoxStream<'static, Arrival>>,
    tags: Tags,
    chores: FuturesUnordered<BoxFuture<'static, Chore>>,
}

/// What one call settled, and where to tell what went wrong; done when the sender is dropped.
#[derive(Debug)]
pub(super) struct Settle {
    pub(super) settled: Settled,
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
    /// Consumes all sources on a channel of its own.
    pub(super) async fn start(
        shared: Arc<Shared>,
        link: Arc<Link>,
        publishing: Publishing,
        held: Arc<Held>,
        sources: Vec<Source>,
    ) -> Result<Self, BrokerError> {
        let channel = link.channel().await?;
        let (arrivals, tags, chores) = (SelectAll::new(), Tags::default(), FuturesUnordered::new());
        let mut pump = Self { shared, link, publishing, held, channel, sources, arrivals, tags, chores };
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
                self.held.lose(lost);
            }
        }
        // The broker returns whatever is unanswered then.
        if !self.channel.lost.is_cancelled() {
            let closing = timeout(self.patience(), self.channel.close(200, "".into()));
            if closing.await.is_err() {
                self.link.suspect();
            }
        }
    }

    async fn work(&mut self, settles: &mut UnboundedReceiver<Settle>) -> Result<(), BrokerError> {
        let lost = self.channel.lost.clone();
        let mut rounds = interval(ROUND);
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

    /// Leaves nothing half done: events of a message whose others have ended are published anew.
    async fn finish(&mut self) -> Result<(), BrokerError> {
        // Dropping the streams cancels the subscriptions.
        self.arrivals.clear();
        let unsettled = self.held.give_up_on_the_worker();
        let begun = |finished: &Finished| finished.end != End::Return;
        if unsettled.iter().any(begun) || !self.chores.is_empty() {
            let (faults, _) = tokio::sync::mpsc::unbounded_channel();
            self.end(unsettled, &faults).await?;
            while let Some(chore) = self.chores.next().await {
                self.done(chore).await?;
            }
        }
        Ok(())
    }

    async fn arrived(&mut self, Arrival { source, subscription, what }: Arrival) -> Result<(), BrokerError> {
        match what {
            What::Message(delivery) => {
                self.take(source, subscription, *delivery).await?;
                let Source { window, subscription: present, .. } = &self.sources[source];
                match window.better(self.shared.budget.share()) {
                    Some(prefetch) if subscription == *present => self.subscribe(source, prefetch).await,
                    _ => Ok(()),
                }
            }
            What::Failure(error) => Err(unavailable(&error.to_string())),
            What::End if subscription == self.sources[source].subscription => {
                tracing::warn!(flow = %self.sources[source].flow.name, "a queue that was consumed is gone");
                self.restore(source).await
            }
            What::End => Ok(()),
        }
    }

    async fn take(
        &mut self,
        source: usize,
        subscription: u32,
        delivery: Delivery,
    ) -> Result<(), BrokerError> {
        let Source { flow, kind, window, subscription: present, .. } = &mut self.sources[source];
        let (flow, kind) = (Arc::clone(flow), *kind);
        let Delivery { delivery_tag: tag, properties, data, .. } = delivery;
        let size = data.len();
        let intake = Intake::of(kind, Bytes::from(data), &properties, &self.shared.options.schedule);
        let origin = Origin { tag, source, subscription, events: intake.events() };
        if subscription == *present {
            window.arrived(origin.events, size);
        }
        if kind == Kind::Flow {
            flow.bytes.record(origin.events, size);
        }
        let Some(held) = self.shared.budget.hold(size) else {
            metrics::counter!("pawnshop_broker_deliveries_refused_total").increment(1);
            self.chore(async move {
                sleep(PAUSE).await;
                Chore::Paused(origin)
            });
            return Ok(());
        };
        let publishing = self.publishing.clone();
        match intake {
            Intake::Drop => return self.answer(&[origin], &[]).await,
            Intake::Hold { parts, given_up } => {
                let queue = || self.shared.names.oversized(&flow.name);
                let parts = parts.into_iter().map(|part| part.with_oversized(queue)).collect();
                let counted = (kind == Kind::Flow).then(|| Arc::clone(&flow));
                self.held.hold(Message::new(origin, parts, given_up, counted, held));
            }
            Intake::TakeApart(members) => {
                tracing::warn!(flow = %flow.name, events = members.len(), "taking apart a message that came too often");
                self.chore(async move {
                    let published = publishing.take_apart(&flow.name, members).await;
                    moved(origin, published, held).await
                });
            }
            Intake::Retry { tier, encoded } => {
                tracing::warn!(flow = %flow.name, "an event came too often; it goes to its next delay tier");
                self.chore(async move {
                    let published = publishing.delay(&flow.name, tier, encoded).await;
                    moved(origin, published, held).await
                });
            }
        }
        Ok(())
    }

    async fn settle(&mut self, Settle { settled, faults }: Settle) -> Result<(), BrokerError> {
        for Departure { receipt, flow, to } in settled.departures {
            let (publishing, faults) = (self.publishing.clone(), faults.clone());
            self.chore(async move {
                let published = match to {
                    Destination::Tier(tier, encoded) => publishing.delay(&flow, tier, encoded).await,
                    Destination::Oversized(oversized) => {
                        after_pause(publishing.put_elsewhere(&flow, oversized).await).await
                    }
                };
                Chore::Departed { receipt, published, faults }
            });
        }
        self.end(settled.finished, &faults).await
    }

    async fn done(&mut self, chore: Chore) -> Result<(), BrokerError> {
        match chore {
            Chore::Departed { receipt, published, faults } => {
                let finished = self.held.departed(receipt, published.is_ok());
                tell(&faults, published);
                self.end(finished, &faults).await
            }
            Chore::Republished { finished, published, faults } => {
                let (ended, returned) = if published.is_ok() { (true, false) } else { (false, true) };
                let some = |yes: bool| if yes { vec![finished.origin] } else { Vec::new() };
                tell(&faults, published);
                self.answer(&some(ended), &some(returned)).await
            }
            Chore::Moved { origin, published: Ok(()) } => self.answer(&[origin], &[]).await,
            Chore::Moved { origin, published: Err(_) } | Chore::Paused(origin) => {
                self.answer(&[], &[origin]).await
            }
        }
    }

    /// Tells the broker of messages whose parts are all settled.
    async fn end(
        &mut self,
        finished: impl IntoIterator<Item = Finished>,
        faults: &UnboundedSender<BrokerError>,
    ) -> Result<(), BrokerError> {
        let (mut ended, mut returned, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for finished in finished {
            match &finished.end {
                End::Acknowledge => ended.push(finished.origin),
                End::Return => returned.push(finished.origin),
                End::Republish(encoded) => {
                    let (publishing, faults) = (self.publishing.clone(), faults.clone());
                    let flow = Arc::clone(&self.sources[finished.origin.source].flow);
                    let encoded = encoded.clone();
                    self.chore(async move {
                        let published = publishing.put_back(&flow.name, &encoded).await;
                        Chore::Republished { finished, published, faults }
                    });
                    continue;
                }
            }
            // Held, and counted, until the broker knows.
            kept.push(finished);
        }
        self.answer(&ended, &returned).await
    }

    /// Acknowledges messages and returns others, these first: an acknowledgement may stand for all before it.
    async fn answer(&mut self, ended: &[Origin], returned: &[Origin]) -> Result<(), BrokerError> {
        for origin in ended.iter().chain(returned) {
            let source = &mut self.sources[origin.source];
            if source.subscription == origin.subscription {
                source.window.answered(origin.events);
            }
        }
        let tags = |origins: &[Origin]| origins.iter().map(|origin| origin.tag).collect::<Vec<_>>();
        let (ended, returned) = (tags(ended), tags(returned));
        let channel = self.channel.channel.clone();
        let requeue = BasicNackOptions { requeue: true, multiple: false };
        self.tags.returned(&returned);
        let Acks { up_to, single } = self.tags.ended(&ended);
        let telling = async {
            try_join_all(returned.iter().map(|&tag| channel.basic_nack(tag, requeue))).await?;
            if let Some(tag) = up_to {
                channel.basic_ack(tag, BasicAckOptions { multiple: true }).await?;
            }
            let one = BasicAckOptions { multiple: false };
            try_join_all(single.iter().map(|&tag| channel.basic_ack(tag, one))).await
        };
        answered(self.patience(), &self.link, telling).await.map(drop)
    }

    /// Gives the channel up when queues have messages and send none: the broker does not always tell that a queue was
    /// deleted, least when it is declared again at once. All are asked on one channel, so that an idle consumer costs
    /// the broker next to nothing.
    async fn look_after_the_quiet(&mut self) -> Result<(), BrokerError> {
        let mut asking = None;
        for source in 0..self.sources.len() {
            if !self.sources[source].is_quiet() {
                continue;
            }
            let channel = match asking.take() {
                Some(channel) => channel,
                None => self.link.channel().await?,
            };
            let ready = channel.ready(self.sources[source].queue(), self.patience()).await;
            asking = Some(channel);
            match ready {
                Ok(0) => {}
                Ok(_) => {
                    let name = &self.sources[source].flow.name;
                    return Err(unavailable(&format!("the queue of {name} has messages and sends none")));
                }
                Err(_) => self.restore(source).await?,
            }
        }
        Ok(())
    }

    /// Has a queue declared again that was deleted, and ends the consumer: its owner opens another.
    async fn restore(&mut self, source: usize) -> Result<(), BrokerError> {
        self.sources[source].ended();
        let live = self.link.live().await?;
        let flow = Arc::clone(&self.sources[source].flow);
        topology::declare(&live, &self.shared, &[flow]).await.map_err(|error| match error {
            DeclareError::Refused(why) => BrokerError::Declare(why),
            DeclareError::Lost(why) => BrokerError::Unavailable(why),
        })?;
        // A channel goes on asking the queue that was deleted: what is declared now is consumed on another.
        Err(unavailable("a queue was deleted, and declared again"))
    }

    async fn subscribe(&mut self, source: usize, prefetch: u16) -> Result<(), BrokerError> {
        let channel = self.channel.channel.clone();
        let (patience, link) = (self.patience(), Arc::clone(&self.link));
        let subscribing = self.sources[source].subscribe(&channel, source, prefetch);
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

/// The end of a message that was published elsewhere; `held` counts until then.
async fn moved(origin: Origin, published: Result<(), PublishError>, held: budget::Held) -> Chore {
    let published = after_pause(published).await;
    drop(held);
    Chore::Moved { origin, published }
}

/// The same, a failure after a pause: its message comes again at once.
async fn after_pause(published: Result<(), PublishError>) -> Result<(), PublishError> {
    if let Err(error) = &published {
        tracing::warn!(%error, "a message that came too often or is too large could not be put elsewhere");
        sleep(PAUSE).await;
    }
    published
}

fn tell(faults: &UnboundedSender<BrokerError>, published: Result<(), PublishError>) {
    if let Err(error) = published {
        // Nobody may be waiting any more.
        let _ = faults.send(BrokerError::Unavailable(format!("an event could not be put back: {error}")));
    }
}
