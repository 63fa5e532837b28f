use crate::link::Link;
use crate::management::{Management, QueueSample};
use crate::shared::{Flow, Shared};
use pawnshop_messaging::BrokerError;
use pawnshop_scaling::{Backlog, Queued};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How old the broker's statistics may be: until then after a declaration, they may be of a queue that was deleted.
const STATISTICS: Duration = Duration::from_secs(10);

/// How many events wait, read from the broker (decision K1).
///
/// The broker counts messages and bytes. Events are told from the mean bytes per event that this process has seen:
/// exact for a flow whose events are all of one size, off by as much as the sizes in the queue differ from the mean
/// otherwise, and never less than one event per message nor more than a full message's. Counts are samples of the
/// broker's, about 5 s old (10 s at most); what is kept here for `deadlines.sample` adds to that. Zero is only told
/// when the sample and the queue itself, asked over AMQP, agree that it is empty, and not within 10 s of a declaration
/// (each connect declares): the sample may be older than the queue then, and consumers hold what it does not count.
pub(crate) struct Backlogs {
    shared: Arc<Shared>,
    link: Arc<Link>,
    management: Option<Management>,
    readings: Mutex<BTreeMap<String, Arc<Slot>>>,
}

/// The last reading of one queue; whoever finds it old reads anew while the others wait for it.
type Slot = tokio::sync::Mutex<Option<(Instant, Result<Reading, String>)>>;

/// What the broker says of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reading {
    messages: u64,
    /// Of ready and of unacknowledged messages.
    bytes: u64,
    /// Ready messages, by AMQP: exact and of now.
    ready: u64,
}

impl Backlogs {
    /// `link`: the consuming connection, which no alarm blocks.
    pub(crate) fn new(shared: &Arc<Shared>, link: &Arc<Link>, management: Option<Management>) -> Self {
        let (shared, link) = (Arc::clone(shared), Arc::clone(link));
        Self { shared, link, management, readings: Mutex::default() }
    }

    /// Events of this flow that are ready or unacknowledged.
    pub(crate) async fn backlog(&self, flow: &Flow) -> Backlog {
        let Some(management) = &self.management else {
            return Backlog::Unknown("the broker's management URI is not set".to_owned());
        };
        let queue = self.shared.names.queue(&flow.name);
        let reading = self.cached(&queue, || self.read(management, &queue)).await;
        match reading {
            Ok(Reading { messages: 0, ready: 0, .. })
                if flow.declared_for().is_none_or(|age| age < STATISTICS) =>
            {
                Backlog::Unknown("the broker's statistics may be older than the queue".to_owned())
            }
            Ok(reading) => {
                let ended = flow.ended_in_held.load(Ordering::Relaxed);
                Backlog::Known(events(&reading, flow.bytes.mean(), flow.max_events, ended))
            }
            Err(why) => Backlog::Unknown(why),
        }
    }

    /// Events in the shop's delay tiers. A tier is shared by all flows, so that this bounds what one flow has there
    /// from above; it is exact for all of them together. Asked over AMQP: every message there is ready, and holds one
    /// event.
    pub(crate) async fn delayed(&self) -> Backlog {
        let mut sum = Backlog::Known(0);
        for tier in self.shared.options.schedule.tiers() {
            let queue = self.shared.names.tier(tier.delay);
            let read = || async {
                let ready = self.ready(&queue).await?;
                Ok(Reading { messages: ready, bytes: 0, ready })
            };
            let delayed = match self.cached(&queue, read).await {
                Ok(reading) => Backlog::Known(reading.messages),
                Err(why) => Backlog::Unknown(why),
            };
            sum = sum + delayed;
        }
        sum
    }

    async fn cached<F>(&self, queue: &str, read: impl Fn() -> F) -> Result<Reading, String>
    where
        F: Future<Output = Result<Reading, String>>,
    {
        let slot = {
            let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(readings.entry(queue.to_owned()).or_default())
        };
        let mut last = slot.lock().await;
        if let Some((at, reading)) = &*last
            && at.elapsed() < self.shared.options.deadlines.sample
        {
            return reading.clone();
        }
        let reading = read().await;
        *last = Some((Instant::now(), reading.clone()));
        reading
    }

    async fn read(&self, management: &Management, queue: &str) -> Result<Reading, String> {
        let (sample, ready) = tokio::join!(management.queue(queue), self.ready(queue));
        agreed(&sample.map_err(|error| error.to_string())?, ready?)
    }

    async fn ready(&self, queue: &str) -> Result<u64, String> {
        let asked = async { self.link.live().await?.ready(queue).await };
        asked.await.map_err(|error: BrokerError| error.to_string())
    }
}

/// A reading from a sample and from what the queue itself says, unless they contradict one another.
fn agreed(sample: &QueueSample, ready: u64) -> Result<Reading, String> {
    let QueueSample { messages: Some(messages), state: Some(state), .. } = sample else {
        return Err("the broker has no statistics of the queue yet".to_owned());
    };
    let (Some(of_ready), Some(of_unacknowledged)) =
        (sample.message_bytes_ready, sample.message_bytes_unacknowledged)
    else {
        return Err("the broker's statistics tell no bytes".to_owned());
    };
    if state != "running" {
        return Err(format!("the queue is {state}"));
    }
    if *messages == 0 && ready > 0 {
        return Err(format!(
            "the broker's statistics are old: {ready} messages are ready and it counts none"
        ));
    }
    Ok(Reading { messages: *messages, bytes: of_ready.saturating_add(of_unacknowledged), ready })
}

/// The events of a queue, without those that have `ended` in messages that are still held.
fn events(reading: &Reading, mean: Option<f64>, max_events: usize, ended: u64) -> u64 {
    let messages = reading.messages.max(reading.ready);
    pawnshop_scaling::events(&Queued { messages, bytes: reading.bytes, ended }, mean, max_events as u64)
}

#[cfg(test)]
mod tests;
