use crate::consumer::{EmbeddedConsumer, unavailable};
use crate::delays;
use crate::publish::EmbeddedPublisher;
use crate::storage::Storage;
use crate::work::Work;
use crate::{EmbeddedOptions, OpenError};
use async_trait::async_trait;
use pawnshop_domain::FlowName;
use pawnshop_messaging::{Broker, BrokerError, Consumer, Publisher};
use pawnshop_scaling::Backlog;
use pawnshop_sqlite::DataFolder;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The embedded queue: a broker in one file of the data folder.
///
/// Its publishers and consumers keep the file open; it is closed when the last of them is dropped.
pub struct EmbeddedBroker {
    storage: Arc<Storage>,
}

impl EmbeddedBroker {
    /// Opens `queue.db`, or makes it, and counts what it holds (about a second per million events). Flows
    /// that were declared once stay declared. Must be called within a tokio runtime.
    pub fn open(folder: &DataFolder, options: EmbeddedOptions) -> Result<Self, OpenError> {
        let runtime = Handle::try_current()
            .map_err(|error| OpenError::Start { path: folder.path().to_owned(), why: error.to_string() })?;
        crate::flow::Metrics::describe();
        let storage = Arc::new(Storage::open(folder, options)?);
        runtime.spawn(delays::run(Arc::downgrade(&storage), Arc::clone(&storage.delays)));
        Ok(Self { storage })
    }

    /// The flows that the file knows, that are not in `served`, and that hold events, waiting or delayed; and how
    /// many. Nobody takes these until their flow is served again.
    pub fn unserved(&self, served: &[FlowName]) -> Vec<(FlowName, u64)> {
        let unserved = self.storage.flows.all().into_iter().filter(|queue| !served.contains(&queue.name));
        let counted = unserved.map(|queue| (queue.name.clone(), queue.backlog() + queue.delayed()));
        counted.filter(|(_, events)| *events > 0).collect()
    }
}

#[async_trait]
impl Broker for EmbeddedBroker {
    async fn declare(&self, flows: &[FlowName]) -> Result<(), BrokerError> {
        let new: Vec<_> = flows.iter().filter(|flow| self.storage.flow(flow).is_none()).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        self.storage.writer.submit(Work::Declare(new.clone())).await.map_err(unavailable)?;
        for flow in &new {
            self.storage.flows.add(flow);
        }
        Ok(())
    }

    fn publisher(&self) -> Arc<dyn Publisher> {
        Arc::new(EmbeddedPublisher { storage: Arc::clone(&self.storage) })
    }

    async fn consume(&self, flows: &[FlowName]) -> Result<Box<dyn Consumer>, BrokerError> {
        if flows.is_empty() {
            return Err(BrokerError::Declare("a consumer needs a flow".to_owned()));
        }
        let queue =
            |name: &FlowName| self.storage.flow(name).ok_or_else(|| BrokerError::UnknownFlow(name.clone()));
        let flows = flows.iter().map(queue).collect::<Result<_, _>>()?;
        Ok(Box::new(EmbeddedConsumer::new(Arc::clone(&self.storage), flows)))
    }

    async fn backlog(&self, flow: &FlowName) -> Backlog {
        match self.storage.flow(flow) {
            Some(queue) => Backlog::Known(queue.backlog()),
            None => Backlog::Unknown(BrokerError::UnknownFlow(flow.clone()).to_string()),
        }
    }

    async fn delayed(&self, flow: &FlowName) -> Backlog {
        match self.storage.flow(flow) {
            Some(queue) => Backlog::Known(queue.delayed()),
            None => Backlog::Unknown(BrokerError::UnknownFlow(flow.clone()).to_string()),
        }
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        self.storage.writer.submit(Work::Ping).await.map_err(unavailable)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
