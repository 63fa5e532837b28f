use crate::flow::{FlowQueue, Lease};
use crate::held::Held;
use crate::settle::Settle;
use crate::storage::Storage;
use crate::work::{Done, Work};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::select_all;
use pawnshop_events::Event;
use pawnshop_messaging::{BrokerError, Consumer, Receipt, Received, Settlement, Undecodable};
use pawnshop_sqlite::{SqliteError, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Hands out the events of some flows and remembers who has what.
pub(crate) struct EmbeddedConsumer {
    storage: Arc<Storage>,
    flows: Vec<Arc<FlowQueue>>,
    held: Arc<Held>,
    /// Whose turn it is to be first, so that a full flow starves none.
    turn: AtomicUsize,
}

impl EmbeddedConsumer {
    /// `flows` must not be empty.
    pub(crate) fn new(storage: Arc<Storage>, flows: Vec<Arc<FlowQueue>>) -> Self {
        Self { storage, flows, held: Arc::new(Held::default()), turn: AtomicUsize::new(0) }
    }

    /// Takes what is ready now, from each flow in turn.
    async fn take(&self, max: usize) -> Result<Vec<Received>, SqliteError> {
        let mut taken = Taken::default();
        let mut bytes_left = self.storage.options.max_receive_bytes.max(1);
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % self.flows.len();
        let (later, sooner) = self.flows.split_at(first);
        for flow in sooner.iter().chain(later) {
            let left = max - taken.0.len();
            if left == 0 || bytes_left == 0 {
                break;
            }
            for (lease, body) in flow.lease(&self.storage.database, left, bytes_left).await? {
                bytes_left = bytes_left.saturating_sub(body.len());
                taken.0.push((lease, body));
            }
        }
        Ok(taken.deliver(self))
    }
}

#[async_trait]
impl Consumer for EmbeddedConsumer {
    async fn receive(&self, max: usize) -> Result<Vec<Received>, BrokerError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let mut _woken = None;
        loop {
            let received = self.take(max).await.map_err(unavailable)?;
            if !received.is_empty() {
                return Ok(received);
            }
            // The call to work may go unused, when another flow comes first or this future is dropped.
            _woken = Some(select_all(self.flows.iter().map(|flow| Box::pin(flow.wait()))).await.0);
        }
    }

    async fn settle(&self, settlements: Vec<(Receipt, Settlement)>) -> Result<(), BrokerError> {
        for (_, settlement) in &settlements {
            if let Settlement::Retry(tier) = settlement
                && !self.storage.options.schedule.tiers().any(|known| known == *tier)
            {
                return Err(BrokerError::Declare(format!("there is no delay tier of {:?}", tier.delay)));
            }
        }
        let settle = Settle::new(&self.storage, &self.held, settlements);
        if settle.writes() {
            self.storage.writer.submit(Work::Settle(settle)).await.map_err(unavailable)?;
        } else {
            Work::Settle(settle).committed(&Done::Settled(None));
        }
        Ok(())
    }
}

impl Drop for EmbeddedConsumer {
    fn drop(&mut self) {
        self.held.close();
    }
}

/// Events on their way to the receiver; ready again when they do not arrive.
#[derive(Default)]
struct Taken(Vec<(Lease, Vec<u8>)>);

impl Taken {
    fn deliver(mut self, consumer: &EmbeddedConsumer) -> Vec<Received> {
        let deliver = |(lease, body)| deliver(consumer, lease, body);
        self.0.drain(..).map(deliver).collect()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        for (lease, _) in self.0.drain(..) {
            lease.flow.give_back(lease.seq);
        }
    }
}

fn deliver(consumer: &EmbeddedConsumer, lease: Lease, body: Vec<u8>) -> Received {
    let bytes = Bytes::from(body);
    let event = match Event::decode(bytes.clone()) {
        Ok(event) => Ok(Event { attempt: lease.attempt, ..event }),
        Err(error) => Err(Undecodable { bytes, error }),
    };
    let receipt = consumer.storage.next_receipt();
    let flow = lease.flow.name.clone();
    consumer.held.hold(receipt, lease);
    Received { receipt, flow, event, given_up: None }
}

pub(crate) fn unavailable(error: SqliteError) -> BrokerError {
    BrokerError::Unavailable(error.to_string())
}
