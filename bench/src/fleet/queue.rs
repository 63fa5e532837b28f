//! The queue that contestants publish to, as the benchmark sees it: it counts what is there.

use super::Fleet;
use anyhow::{Context, Result, bail};
use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, QueueDeclareOptions, QueuePurgeOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection, ConnectionProperties};
use pawnshop_events::Event;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long the broker may take for a request, for its next message, or to count right.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two counts.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One queue.
#[derive(Debug)]
pub(crate) struct Queue {
    name: ShortString,
    channel: Channel,
    runtime: Handle,
    /// Ends with the queue's user.
    _connection: Connection,
}

impl Queue {
    pub(crate) fn open(fleet: &Fleet<'_>, name: &str) -> Result<Self> {
        let runtime = fleet.runtime.handle().clone();
        let connection = runtime.block_on(connect(&fleet.broker.uri))?;
        let channel = runtime.block_on(connection.create_channel())?;
        Ok(Self { name: name.into(), channel, runtime, _connection: connection })
    }

    /// Messages that wait in it.
    pub(crate) fn count(&self) -> Result<u64> {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let declare = self.channel.queue_declare(self.name.clone(), options, FieldTable::default());
        let queue = self.runtime.block_on(async { timeout(PATIENCE, declare).await })??;
        Ok(u64::from(queue.message_count()))
    }

    /// Waits until it holds just so many messages: the broker's count lags by a moment.
    pub(crate) fn expect(&self, messages: u64) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.count()? {
                count if count == messages => return Ok(()),
                count if Instant::now() >= end => {
                    bail!("the queue {} holds {count} messages instead of {messages}", self.name)
                }
                _ => std::thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// Empties it.
    pub(crate) fn purge(&self) -> Result<()> {
        let purge = self.channel.queue_purge(self.name.clone(), QueuePurgeOptions::default());
        self.runtime.block_on(async { timeout(PATIENCE, purge).await })??;
        self.expect(0)
    }

    /// Takes every message out of it, which must hold just so many different events; how many messages there were.
    pub(crate) fn take_events(&self, events: u64, mut each: impl FnMut(Delivery)) -> Result<u64> {
        let (mut ids, mut messages) = (HashSet::new(), 0);
        let taken = async {
            let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
            let consume =
                self.channel.basic_consume(self.name.clone(), "count".into(), options, FieldTable::default());
            let mut consumer = timeout(PATIENCE, consume).await??;
            while (ids.len() as u64) < events {
                let next = timeout(PATIENCE, consumer.next()).await;
                let next = next
                    .with_context(|| format!("the queue holds {} events instead of {events}", ids.len()))?;
                let delivery = next.context("the broker cancelled the consumer")??;
                for event in Event::decode_batch(delivery.data.clone().into())? {
                    ids.insert(event?.id);
                }
                messages += 1;
                each(delivery);
            }
            let cancel = self.channel.basic_cancel("count".into(), BasicCancelOptions::default());
            timeout(PATIENCE, cancel).await??;
            // What came past the last one is in the consumer's buffer.
            let more = futures::FutureExt::now_or_never(consumer.next()).flatten();
            anyhow::Ok(more.is_some() || ids.len() as u64 > events)
        };
        if self.runtime.block_on(taken)? {
            bail!("the queue {} holds more than {events} events", self.name);
        }
        self.expect(0)?;
        Ok(messages)
    }
}

/// A connection, within a time.
pub(crate) async fn connect(uri: &str) -> Result<Connection> {
    let connect = Connection::connect(uri, ConnectionProperties::default());
    timeout(PATIENCE, connect).await?.context("cannot connect to the broker")
}
