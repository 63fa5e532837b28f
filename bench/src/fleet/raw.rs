//! The limit of what one event per message can do: a loop on the driver alone, which publishes the very messages
//! that the dispatcher publishes when it puts one event in each.

use super::Fleet;
use super::contestants::{FLOW, Shop};
use super::queue::connect;
use crate::load::{LONGEST, Load, Pace};
use anyhow::{Context, Result, bail};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hdrhistogram::Histogram;
use lapin::message::Delivery;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Connection, PublisherConfirm};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

/// How long a confirm may take.
const CONFIRM: Duration = Duration::from_secs(30);

/// Publishes messages that were captured, in turn.
#[derive(Debug)]
pub(crate) struct Raw {
    exchange: ShortString,
    routing_key: ShortString,
    channel: Channel,
    messages: Vec<Message>,
    runtime: Handle,
    /// Ends with the loop.
    _connection: Connection,
}

#[derive(Debug)]
struct Message {
    properties: BasicProperties,
    body: Vec<u8>,
}

/// How much at a time, for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publishing {
    /// Messages that may await their confirms.
    pub(crate) in_flight: usize,
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
    /// As fast as can be, if there is no pace.
    pub(crate) per_second: Option<f64>,
}

impl Raw {
    /// A loop over these messages.
    pub(crate) fn open(fleet: &Fleet<'_>, shop: &Shop, messages: Vec<Delivery>) -> Result<Self> {
        let runtime = fleet.runtime.handle().clone();
        let connection = runtime.block_on(connect(&fleet.broker.uri))?;
        let channel = runtime.block_on(connection.create_channel())?;
        runtime.block_on(channel.confirm_select(ConfirmSelectOptions::default()))?;
        let messages: Vec<Message> = messages
            .into_iter()
            .map(|delivery| Message { properties: delivery.properties, body: delivery.data })
            .collect();
        if messages.is_empty() {
            bail!("there are no messages to repeat");
        }
        let (exchange, routing_key) = (shop.exchange.as_str().into(), FLOW.into());
        Ok(Self { exchange, routing_key, channel, messages, runtime, _connection: connection })
    }

    /// Bytes of a message's body, on average.
    pub(crate) fn bytes_per_message(&self) -> f64 {
        let bytes: usize = self.messages.iter().map(|message| message.body.len()).sum();
        bytes as f64 / self.messages.len() as f64
    }

    /// Publishes; a message that is returned or refused ends the run.
    pub(crate) fn run<S>(&self, publishing: Publishing, sample: impl Fn() -> Result<S>) -> Result<Load<S>> {
        self.runtime.block_on(self.publish(publishing, sample))
    }

    async fn publish<S>(&self, publishing: Publishing, sample: impl Fn() -> Result<S>) -> Result<Load<S>> {
        let Publishing { in_flight, warm_up, window, per_second } = publishing;
        let mut pace = per_second.map(Pace::new);
        let mut due = VecDeque::new();
        let mut confirms = FuturesUnordered::new();
        let (mut sent, mut measured) = (0, 0);
        let mut latencies = Histogram::new_with_max(LONGEST, 3)?;
        let begin = Instant::now() + warm_up;
        let end = begin + window;
        let (mut before, mut after) = (None, None);
        loop {
            let now = Instant::now();
            if before.is_none() && now >= begin {
                before = Some((sample()?, Instant::now()));
            }
            if after.is_none() && now >= end {
                after = Some((sample()?, Instant::now(), measured));
            }
            while now < end && confirms.len() < in_flight {
                let started = if pace.is_some() { due.pop_front() } else { Some(Instant::now()) };
                let Some(started) = started else { break };
                let confirm = self.send(sent).await?;
                confirms.push(async move { (started, timeout(CONFIRM, confirm).await) });
                sent += 1;
            }
            tokio::select! {
                biased;
                Some((started, confirm)) = confirms.next() => {
                    match confirm.context("the broker did not confirm")?? {
                        Confirmation::Ack(None) => {}
                        other => bail!("the broker did not take a message: {other:?}"),
                    }
                    let ended = Instant::now();
                    if started >= begin && ended <= end {
                        measured += 1;
                        let nanos = u64::try_from((ended - started).as_nanos()).unwrap_or(u64::MAX);
                        latencies.saturating_record(nanos);
                    }
                }
                requests = tick(&mut pace), if now < end => {
                    due.extend(std::iter::repeat_n(Instant::now(), requests));
                }
                else => break,
            }
        }
        let (before, began) = before.context("the loop ended before its window")?;
        let (after, ended, requests) = after.context("the loop ended before its window did")?;
        let elapsed = ended - began;
        Ok(Load { requests, began, elapsed, sent, latencies, samples: (before, after) })
    }

    async fn send(&self, number: u64) -> Result<PublisherConfirm> {
        // In bounds: the remainder of a division by the length, which is not 0.
        let message = &self.messages[number as usize % self.messages.len()];
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let (exchange, properties) = (self.exchange.clone(), message.properties.clone());
        Ok(self
            .channel
            .basic_publish(exchange, self.routing_key.clone(), options, &message.body, properties)
            .await?)
    }
}

/// How many messages have become due; never, without a pace.
async fn tick(pace: &mut Option<Pace>) -> usize {
    match pace {
        Some(pace) => pace.tick().await,
        None => std::future::pending().await,
    }
}
