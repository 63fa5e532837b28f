use crate::{Consumer, Publisher};
use async_trait::async_trait;
use pawnshop_domain::FlowName;
use pawnshop_scaling::Backlog;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A connection to one shop's queues: its flows, delay tiers and dead letters.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Makes the queues of these flows exist (idempotent; decision D6).
    async fn declare(&self, flows: &[FlowName]) -> Result<(), BrokerError>;

    /// The publishing side, cheap to clone and shared by every task.
    fn publisher(&self) -> Arc<dyn Publisher>;

    /// A new consumer of these flows. What it receives is its own until settled or until it is dropped.
    async fn consume(&self, flows: &[FlowName]) -> Result<Box<dyn Consumer>, BrokerError>;

    /// As [`Broker::consume`], for one who works on so many events at once and for long: no more are kept from others for
    /// it, where each is in a message of its own.
    async fn consume_few(
        &self,
        flows: &[FlowName],
        _most: NonZeroUsize,
    ) -> Result<Box<dyn Consumer>, BrokerError> {
        self.consume(flows).await
    }

    /// Events of this flow that are ready or unacknowledged; delayed retries are not backlog (K1).
    async fn backlog(&self, flow: &FlowName) -> Backlog;

    /// Events of this flow that wait in a delay tier.
    async fn delayed(&self, flow: &FlowName) -> Backlog;

    /// Whether the broker would answer now.
    async fn ping(&self) -> Result<(), BrokerError>;
}

/// Why the broker could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BrokerError {
    /// The broker cannot be reached or does not answer; may pass.
    #[error("the queue is unavailable: {0}")]
    Unavailable(String),
    /// The broker has something of this name with other properties; needs a person.
    #[error("the queue cannot be declared: {0}")]
    Declare(String),
    /// The flow was never declared.
    #[error("flow \"{0}\" is not declared")]
    UnknownFlow(FlowName),
    /// The broker was closed by its owner.
    #[error("the queue is closed")]
    Closed,
}
