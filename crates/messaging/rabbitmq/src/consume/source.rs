use super::budget::Subscribed;
use super::message::Origin;
use super::tags::Tags;
use super::window::{Rule, Window};
use crate::link::OpenChannel;
use crate::shared::{Flow, Shared};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use lapin::Error;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{FieldTable, ShortString};
use rand::RngExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What kind of queue is consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A flow's own.
    Flow,
    /// What the broker gave up of a flow.
    Dead,
}

/// One queue that a consumer consumes, on a channel of its own: what the broker sends into the void on a channel is
/// returned only when that is closed.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) channel: OpenChannel,
    /// Which deliveries of this channel have been answered.
    pub(super) tags: Tags,
    pub(super) flow: Arc<Flow>,
    pub(super) kind: Kind,
    pub(super) window: Window,
    /// Counts how often it was consumed anew; what arrives for an earlier one is on its way out.
    pub(super) subscription: u32,
    /// Whether it had messages and sent none when it was looked after last.
    pub(super) stalled: bool,
    queue: String,
    consumer: Option<ShortString>,
    /// The first subscription on the present channel.
    first: u32,
    /// Messages of this channel that are not answered.
    held: usize,
    last: Instant,
    /// How long it may send nothing before it is consumed anew.
    quiet: Duration,
    _subscribed: Subscribed,
}

/// Something that arrived from a queue.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) source: usize,
    pub(super) subscription: u32,
    pub(super) what: What,
}

/// What arrived.
#[derive(Debug)]
pub(super) enum What {
    /// A message.
    Message(Box<Delivery>),
    /// Why nothing more comes from the channel.
    Failure(Error),
    /// The subscription ended: it was cancelled here, or the queue is gone.
    End,
}

impl Source {
    /// A flow's queue, not consumed yet.
    pub(super) fn new(
        shared: &Shared,
        flow: Arc<Flow>,
        kind: Kind,
        rule: Rule,
        channel: OpenChannel,
    ) -> Self {
        let queue = match kind {
            Kind::Flow => shared.names.queue(&flow.name),
            Kind::Dead => shared.names.dead(&flow.name),
        };
        let options = &shared.options;
        let rule = options.prefetch.map_or(rule, |fixed| Rule::Fixed(fixed.max(1)));
        let budget = &shared.budget;
        let subscribed = budget.subscribe();
        let window = Window::new(rule, budget.share());
        let quiet = options.deadlines.quiet.mul_f64(rand::rng().random_range(0.5..=1.0));
        Self {
            channel,
            tags: Tags::default(),
            flow,
            kind,
            window,
            subscription: 0,
            stalled: false,
            queue,
            consumer: None,
            first: 1,
            held: 0,
            last: Instant::now(),
            quiet,
            _subscribed: subscribed,
        }
    }

    /// Consumes the queue with this prefetch, anew if it was consumed before: what was delivered stays held, and
    /// the earlier subscription ends.
    pub(super) async fn subscribe(
        &mut self,
        source: usize,
        prefetch: u16,
    ) -> Result<BoxStream<'static, Arrival>, Error> {
        let channel = &self.channel.channel;
        // The prefetch of every consumer that starts on the channel from now on, not of the channel as a whole.
        channel.basic_qos(prefetch, BasicQosOptions { global: false }).await?;
        let options = BasicConsumeOptions::default();
        let consuming =
            channel.basic_consume(self.queue.as_str().into(), "".into(), options, FieldTable::default());
        let consumer = consuming.await?;
        self.subscription += 1;
        self.window.renewed(prefetch);
        if let Some(earlier) = self.consumer.replace(consumer.tag()) {
            channel.basic_cancel(earlier, BasicCancelOptions::default()).await?;
        }
        let subscription = self.subscription;
        let arrival = move |what| Arrival { source, subscription, what };
        let arrivals = consumer.map(move |delivery| match delivery {
            Ok(delivery) => arrival(What::Message(Box::new(delivery))),
            Err(error) => arrival(What::Failure(error)),
        });
        Ok(arrivals.chain(stream::iter([arrival(What::End)])).boxed())
    }

    /// Consumes from now on on this channel; what arrives on the earlier one comes again.
    pub(super) fn move_to(&mut self, channel: OpenChannel) {
        (self.channel, self.tags, self.consumer) = (channel, Tags::default(), None);
        (self.first, self.last) = (self.subscription + 1, Instant::now());
    }

    /// Whether this subscription was on the present channel.
    pub(super) fn is_present(&self, subscription: u32) -> bool {
        subscription >= self.first
    }

    /// A message has come with so many bytes.
    pub(super) fn arrived(&mut self, origin: Origin, bytes: usize) {
        (self.held, self.last) = (self.held + 1, Instant::now());
        if origin.subscription == self.subscription {
            self.window.arrived(origin.events, bytes);
        }
    }

    /// A message is answered.
    pub(super) fn answered(&mut self, origin: Origin) {
        (self.held, self.last) = (self.held.saturating_sub(1), Instant::now());
        if origin.subscription == self.subscription {
            self.window.answered(origin.events);
        }
    }

    /// Whether nothing is held and nothing has happened for so long that it is consumed anew.
    pub(super) fn is_due(&self) -> bool {
        self.held == 0 && self.last.elapsed() >= self.quiet
    }

    /// Whether nothing has arrived since this was asked last, though there is room.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.window.is_quiet()
    }

    /// The queue's name.
    pub(super) fn queue(&self) -> &str {
        &self.queue
    }

    /// Ends the subscription; what was delivered stays held.
    pub(super) async fn cancel(&mut self) -> Result<(), Error> {
        match self.consumer.take() {
            Some(consumer) => self.channel.basic_cancel(consumer, BasicCancelOptions::default()).await,
            None => Ok(()),
        }
    }

    /// The broker ended the subscription by itself.
    pub(super) fn ended(&mut self) {
        self.consumer = None;
    }
}
