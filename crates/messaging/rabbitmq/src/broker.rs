use crate::link::{Link, Purpose};
use crate::send::Sender;
use crate::shared::Shared;
use crate::topology::{self, DeclareError};
use crate::{RabbitOptions, StartError};
use async_trait::async_trait;
use pawnshop_domain::FlowName;
use pawnshop_messaging::{Broker, BrokerError, Consumer, PublishError, Publisher};
use pawnshop_scaling::Backlog;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A shop's queues on RabbitMQ.
pub struct RabbitBroker {
    shared: Arc<Shared>,
    publishing: Arc<Link>,
    consuming: Arc<Link>,
    sender: Sender,
}

impl RabbitBroker {
    /// Checks the options, and connects in the background and for ever. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the options are wrong; never because a broker cannot be reached.
    pub fn start(options: RabbitOptions) -> Result<Self, StartError> {
        Handle::try_current().map_err(|error| StartError::Runtime(error.to_string()))?;
        let shared = Shared::new(options)?;
        let publishing = Link::start(Arc::clone(&shared), Purpose::Publish);
        let consuming = Link::start(Arc::clone(&shared), Purpose::Consume);
        let sender = Sender::start(Arc::clone(&publishing));
        Ok(Self { shared, publishing, consuming, sender })
    }

    /// Closes both connections. What consumers hold goes back to its queues.
    pub async fn close(&self) {
        tokio::join!(self.publishing.close(), self.consuming.close());
    }
}

struct Unfinished;

#[async_trait]
impl Publisher for Unfinished {
    async fn publish(&self, _: &FlowName, _: Vec<pawnshop_events::Event>) -> Result<(), PublishError> {
        Err(PublishError::Unavailable("not connected".to_owned()))
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
        Arc::new(Unfinished)
    }

    async fn consume(&self, flows: &[FlowName]) -> Result<Box<dyn Consumer>, BrokerError> {
        crate::consume::consume(&self.shared, &self.consuming, &self.sender, flows).await
    }

    async fn backlog(&self, flow: &FlowName) -> Backlog {
        Backlog::Unknown(BrokerError::UnknownFlow(flow.clone()).to_string())
    }

    async fn delayed(&self, flow: &FlowName) -> Backlog {
        Backlog::Unknown(BrokerError::UnknownFlow(flow.clone()).to_string())
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        self.publishing.ping().await
    }
}
