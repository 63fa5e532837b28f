use super::Switch;
use async_trait::async_trait;
use bytes::Bytes;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_messaging::{
    Broker, BrokerError, Consumer, Publisher, Receipt, Received, Settlement, Undecodable,
};
use pawnshop_messaging_embedded::EmbeddedBroker;
use pawnshop_scaling::Backlog;
use std::sync::Arc;

/// The real broker behind switches. An event with the subject `garbage` is delivered as bytes that are none, one with
/// the subject `given up` as if it came from the broker's own dead letters, and `given up garbage` as both.
pub(crate) struct Switched {
    inner: EmbeddedBroker,
    switches: Arc<Switches>,
}

#[derive(Default)]
pub(crate) struct Switches {
    /// Everything but publishing.
    pub(crate) all: Switch,
    /// Declaring only, which is refused.
    pub(crate) declare: Switch,
    /// Settling only.
    pub(crate) settle: Switch,
    /// Reading backlogs only.
    pub(crate) backlog: Switch,
}

/// What garbage looks like on the wire.
pub(crate) const GARBAGE: Bytes = Bytes::from_static(b"\xff\xffgarbage");

impl Switched {
    pub(crate) fn over(inner: EmbeddedBroker) -> Self {
        Self { inner, switches: Arc::default() }
    }

    /// The broker itself, which always works.
    pub(crate) fn inner(&self) -> &EmbeddedBroker {
        &self.inner
    }

    pub(crate) fn switches(&self) -> &Switches {
        &self.switches
    }
}

impl Switches {
    async fn check(&self) -> Result<(), BrokerError> {
        if self.all.fails().await { Err(switched_off()) } else { Ok(()) }
    }
}

fn switched_off() -> BrokerError {
    BrokerError::Unavailable("switched off".to_owned())
}

#[async_trait]
impl Broker for Switched {
    async fn declare(&self, flows: &[FlowName]) -> Result<(), BrokerError> {
        self.switches.check().await?;
        if self.switches.declare.fails().await {
            return Err(BrokerError::Declare("another kind of queue has this name".to_owned()));
        }
        self.inner.declare(flows).await
    }

    fn publisher(&self) -> Arc<dyn Publisher> {
        self.inner.publisher()
    }

    async fn consume(&self, flows: &[FlowName]) -> Result<Box<dyn Consumer>, BrokerError> {
        self.switches.check().await?;
        let inner = self.inner.consume(flows).await?;
        Ok(Box::new(SwitchedConsumer { inner, switches: Arc::clone(&self.switches) }))
    }

    async fn backlog(&self, flow: &FlowName) -> Backlog {
        if self.switches.check().await.is_err() || self.switches.backlog.fails().await {
            return Backlog::Unknown("switched off".to_owned());
        }
        self.inner.backlog(flow).await
    }

    async fn delayed(&self, flow: &FlowName) -> Backlog {
        self.inner.delayed(flow).await
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        self.switches.check().await?;
        self.inner.ping().await
    }
}

struct SwitchedConsumer {
    inner: Box<dyn Consumer>,
    switches: Arc<Switches>,
}

#[async_trait]
impl Consumer for SwitchedConsumer {
    async fn receive(&self, max: usize) -> Result<Vec<Received>, BrokerError> {
        self.switches.check().await?;
        let received = self.inner.receive(max).await?;
        self.switches.check().await?;
        Ok(received.into_iter().map(disguised).collect())
    }

    async fn settle(&self, settlements: Vec<(Receipt, Settlement)>) -> Result<(), BrokerError> {
        self.switches.check().await?;
        if self.switches.settle.fails().await {
            return Err(switched_off());
        }
        self.inner.settle(settlements).await
    }
}

fn disguised(one: Received) -> Received {
    let subject = one.event.as_ref().map_or("", |event| event.subject.as_str());
    let given_up = subject.starts_with("given up").then(|| "delivered too often".to_owned());
    Received { event: one.event.and_then(garbled), given_up, ..one }
}

fn garbled(event: Event) -> Result<Event, Undecodable> {
    if !event.subject.ends_with("garbage") {
        return Ok(event);
    }
    match Event::decode(GARBAGE) {
        Ok(_) => Ok(event),
        Err(error) => Err(Undecodable { bytes: GARBAGE, error }),
    }
}
