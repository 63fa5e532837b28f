use super::part::Oversized;
use crate::send::{Message, Sender, properties};
use crate::shared::Shared;
use bytes::Bytes;
use futures::stream::{self, TryStreamExt};
use pawnshop_domain::FlowName;
use pawnshop_messaging::{PublishError, Tier};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Messages of one consumer that may await their confirms at a time.
const AT_ONCE: usize = 64;

/// Members of one message that may, so that taking apart a large one leaves room for retries.
const OF_ONE_AT_ONCE: usize = 16;

/// What a consumer publishes: each message confirmed, and routed, or it is an error.
#[derive(Clone)]
pub(super) struct Publishing {
    shared: Arc<Shared>,
    sender: Sender,
    permits: Arc<Semaphore>,
}

impl Publishing {
    pub(super) fn new(shared: Arc<Shared>, sender: Sender) -> Self {
        Self { shared, sender, permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Waits until the broker takes no messages: what is published then waits as well.
    pub(super) async fn blocked(&self) {
        self.sender.blocked().await;
    }

    /// One event to a delay tier.
    pub(super) async fn delay(
        &self,
        flow: &FlowName,
        tier: Tier,
        encoded: Bytes,
    ) -> Result<(), PublishError> {
        let exchange = self.shared.names.tier(tier.delay);
        self.publish(Message::of_events(flow, &exchange, flow.as_str(), &[encoded])).await
    }

    /// Events back to their flow, in one message.
    pub(super) async fn put_back(&self, flow: &FlowName, encoded: &[Bytes]) -> Result<(), PublishError> {
        let exchange = self.shared.names.exchange();
        self.publish(Message::of_events(flow, exchange, flow.as_str(), encoded)).await
    }

    /// Events back to their flow, each in a message of its own.
    pub(super) async fn take_apart(&self, flow: &FlowName, encoded: Vec<Bytes>) -> Result<(), PublishError> {
        stream::iter(encoded.into_iter().map(Ok))
            .try_for_each_concurrent(OF_ONE_AT_ONCE, async |event| self.put_back(flow, &[event]).await)
            .await
    }

    /// What is too large to be filed, whole, to the flow's queue for that.
    pub(super) async fn put_elsewhere(
        &self,
        flow: &FlowName,
        Oversized { bytes, queue, is_member }: Oversized,
    ) -> Result<(), PublishError> {
        let message = match is_member {
            true => Message::of_events(flow, "", &queue, &[bytes]),
            false => Message {
                exchange: "".into(),
                routing_key: queue.into(),
                properties: properties(flow, 0),
                body: bytes,
            },
        };
        self.publish(message).await?;
        metrics::counter!(crate::meters::OVERSIZED, "flow" => flow.to_string()).increment(1);
        Ok(())
    }

    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        // Its turn comes when others end, each in time: the wait is bounded, and says nothing of the broker.
        let _permit = self.permits.acquire().await;
        self.sender.send(message).await
    }
}
