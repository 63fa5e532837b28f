//! What is received together is handled together, and settled together.

use super::{Consuming, Lost};
use crate::batch::Batch;
use crate::trace::BatchTrace;
use futures::future::join_all;
use pawnshop_messaging::{BrokerError, Consumer, Received};
use std::pin::pin;
use tokio::time::{Instant as Time, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

impl Consuming {
    /// Works through batch after batch until it is `enough`.
    pub(super) async fn together(
        &self,
        consumer: &dyn Consumer,
        enough: impl Future<Output = ()>,
        stop: &CancellationToken,
    ) {
        let mut enough = pin!(enough);
        loop {
            let received = tokio::select! {
                biased;
                () = &mut enough => return,
                received = self.receive(consumer) => received,
            };
            match received {
                Ok(received) => {
                    if let Err(Lost) = self.work_through(consumer, received, stop).await {
                        return;
                    }
                }
                Err(error) => return self.broker_failed(error.to_string()),
            }
        }
    }

    /// Waits for events, then up to the linger time for the batch to fill.
    async fn receive(&self, consumer: &dyn Consumer) -> Result<Vec<Received>, BrokerError> {
        let (batch, linger) = (self.pace.batch(), self.shop.linger);
        let mut received = consumer.receive(batch).await?;
        let end = Time::now() + linger;
        while received.len() < batch && Time::now() < end {
            match timeout_at(end, consumer.receive(batch - received.len())).await {
                Ok(more) => received.extend(more?),
                Err(_) => break,
            }
        }
        Ok(received)
    }

    /// Works a batch through in the span of its trace, if it has one.
    async fn work_through(
        &self,
        consumer: &dyn Consumer,
        received: Vec<Received>,
        stop: &CancellationToken,
    ) -> Result<(), Lost> {
        let trace = BatchTrace::begin(self.shop.world.publisher.system(), &received);
        let worked_through = async {
            let _holding = self.shop.held.take(1.0);
            let begun = Time::now();
            let Batch { groups, letters } = Batch::sort(received);
            let decided = join_all(groups.iter().map(|group| self.decide(group, stop))).await;
            let letters = letters.into_iter().filter_map(|(receipt, record)| self.letter(receipt, record));
            let decided = decided.into_iter().flatten().chain(letters).collect();
            self.settle(consumer, decided, &[&trace], begun).await
        };
        worked_through.instrument(trace.span().clone()).await
    }
}
