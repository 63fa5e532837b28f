use crate::backlog::Backlogs;
use crate::consume::Rule;
use crate::link::{Link, Purpose};
use crate::management::Management;
use crate::publish::RabbitPublisher;
use crate::send::Sender;
use crate::shared::Shared;
use crate::topology::{self, DeclareError};
use crate::{RabbitOptions, StartError};
use async_trait::async_trait;
use pawnshop_domain::FlowName;
use pawnshop_messaging::{Broker, BrokerError, Consumer, Publisher};
use pawnshop_scaling::Backlog;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A shop's queues on RabbitMQ.
pub struct RabbitBroker {
    shared: Arc<Shared>,
    publishing: Arc<Link>,
    consuming: Arc<Link>,
    sender: Sender,
    publisher: Arc<RabbitPublisher>,
    backlogs: Backlogs,
}

impl RabbitBroker {
    /// Checks the options, and connects in the background and for ever. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the options are wrong; never because a broker cannot be reached.
    pub fn start(options: RabbitOptions) -> Result<Self, StartError> {
        Handle::try_current().map_err(|error| StartError::Runtime(error.to_string()))?;
        crate::meters::describe();
        let shared = Shared::new(options)?;
        let management = Management::new(&shared.options, shared.tls.as_deref(), &shared.uri.vhost)?;
        let publishing = Link::start(Arc::clone(&shared), Purpose::Publish);
        let consuming = Link::start(Arc::clone(&shared), Purpose::Consume);
        let sender = Sender::start(&shared, &publishing);
        let publisher = Arc::new(RabbitPublisher::new(&shared, &publishing));
        let backlogs = Backlogs::new(&shared, &consuming, management);
        Ok(Self { shared, publishing, consuming, sender, publisher, backlogs })
    }

    /// The mean encoded bytes per event of this flow, as far as this process has seen any or was told at the start.
    pub fn event_bytes(&self, flow: &FlowName) -> Option<f64> {
        self.shared.flow(flow)?.bytes.mean()
    }

    /// Whether the broker answers now, and why it does not, at once: for those who only ask how it is.
    ///
    /// # Errors
    /// When it does not.
    pub async fn probe(&self) -> Result<(), BrokerError> {
        self.publishing.probe().await
    }

    /// Closes both connections. What consumers hold goes back to its queues.
    pub async fn close(&self) {
        tokio::join!(self.publishing.close(), self.consuming.close());
    }
}

#[async_trait]
impl Broker for RabbitBroker {
    async fn declare(&self, flows: &[FlowName]) -> Result<(), BrokerError> {
        let flows = self.shared.remember(flows);
        let live = self.publishing.live().await?;
        match topology::declare(&live, &self.shared, &flows).await {
            Ok(()) => Ok(()),
            Err(DeclareError::Refused(why)) => Err(BrokerError::Declare(why)),
            Err(DeclareError::Lost(why)) => {
                self.publishing.suspect();
                Err(BrokerError::Unavailable(why))
            }
        }
    }

    fn publisher(&self) -> Arc<dyn Publisher> {
        Arc::clone(&self.publisher) as Arc<dyn Publisher>
    }

    async fn consume(&self, flows: &[FlowName]) -> Result<Box<dyn Consumer>, BrokerError> {
        let rule = Rule::Batches(self.shared.options.write_batch);
        crate::consume::consume(&self.shared, &self.consuming, &self.sender, flows, rule).await
    }

    async fn consume_few(
        &self,
        flows: &[FlowName],
        most: NonZeroUsize,
    ) -> Result<Box<dyn Consumer>, BrokerError> {
        let rule = Rule::Events(most.get());
        crate::consume::consume(&self.shared, &self.consuming, &self.sender, flows, rule).await
    }

    async fn backlog(&self, flow: &FlowName) -> Backlog {
        match self.shared.flow(flow) {
            Some(flow) => self.backlogs.backlog(&flow).await,
            None => Backlog::Unknown(BrokerError::UnknownFlow(flow.clone()).to_string()),
        }
    }

    async fn delayed(&self, flow: &FlowName) -> Backlog {
        match self.shared.flow(flow) {
            Some(_) => self.backlogs.delayed().await,
            None => Backlog::Unknown(BrokerError::UnknownFlow(flow.clone()).to_string()),
        }
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        self.publishing.ping().await
    }
}

#[cfg(test)]
mod tests;
