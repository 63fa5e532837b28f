//! Everything that a shop has on the broker, declared by whoever connects (decisions D1, D6, D12).

mod arguments;
mod refusal;

use crate::link::Live;
use crate::shared::{Flow, Shared};
use arguments::{dead_lettering, kept, tier};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};
use refusal::{refusal, refused_by};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How often a flow is declared whose queue is gone before it is bound.
const TRIES: usize = 3;

/// Why something could not be declared.
#[derive(Debug)]
pub(crate) enum DeclareError {
    /// The broker refuses it as it is: a person must look at it.
    Refused(String),
    /// The connection failed, or the broker did not answer in time; may pass.
    Lost(String),
}

/// Declares what the shop has in common and these flows. A refused flow does not keep the others from being
/// declared; each flow remembers why it was refused, and the first reason is told.
///
/// Takes `deadlines.connect` at most, and is done by one connection of this process at a time.
pub(crate) async fn declare(live: &Live, shared: &Shared, flows: &[Arc<Flow>]) -> Result<(), DeclareError> {
    let declaring = async {
        let _turn = shared.declaring.lock().await;
        let shop = attempt(declare_shop(live, shared).await)?;
        let mut first = shop.clone();
        for flow in flows {
            let refused = match &shop {
                Some(why) => Some(why.clone()),
                None => declare_flow_again(live, shared, flow).await?,
            };
            first = first.or_else(|| refused.clone());
            if let Some(why) = &refused {
                tracing::error!(flow = %flow.name, why, "the flow cannot be declared");
            }
            flow.set_declared(refused);
        }
        first.map_or(Ok(()), |why| Err(DeclareError::Refused(why)))
    };
    match timeout(shared.options.deadlines.connect, declaring).await {
        Ok(declared) => declared,
        Err(_) => Err(DeclareError::Lost("the broker does not answer".to_owned())),
    }
}

/// Keeps a refusal to go on with the rest, and ends at the loss of the connection.
fn attempt(declared: Result<(), DeclareError>) -> Result<Option<String>, DeclareError> {
    match declared {
        Ok(()) => Ok(None),
        Err(DeclareError::Refused(why)) => Ok(Some(why)),
        Err(lost) => Err(lost),
    }
}

async fn declare_shop(live: &Live, shared: &Shared) -> Result<(), DeclareError> {
    let names = &shared.names;
    let declaring = Declaring::begin(live, shared.options.deadlines.request).await?;
    declaring.exchange(names.exchange(), ExchangeKind::Topic).await?;
    for delay in shared.options.schedule.tiers().map(|tier| tier.delay) {
        let name = names.tier(delay);
        declaring.exchange(&name, ExchangeKind::Fanout).await?;
        declaring.queue(&name, tier(delay, names.exchange())).await?;
        declaring.bind(&name, &name, "").await?;
    }
    Ok(())
}

/// Again where somebody deletes a queue between its declaration and its binding, which RabbitMQ 4 makes likelier.
async fn declare_flow_again(
    live: &Live,
    shared: &Shared,
    flow: &Flow,
) -> Result<Option<String>, DeclareError> {
    for _ in 1..TRIES {
        match attempt(declare_flow(live, shared, flow).await)? {
            Some(why) if why.contains("NOT_FOUND") => {}
            declared => return Ok(declared),
        }
    }
    attempt(declare_flow(live, shared, flow).await)
}

async fn declare_flow(live: &Live, shared: &Shared, flow: &Flow) -> Result<(), DeclareError> {
    let names = &shared.names;
    let declaring = Declaring::begin(live, shared.options.deadlines.request).await?;
    let (queue, dead) = (names.queue(&flow.name), names.dead(&flow.name));
    declaring.queue(&dead, kept()).await?;
    declaring.queue(&names.oversized(&flow.name), kept()).await?;
    declaring.queue(&queue, dead_lettering(&dead)).await?;
    declaring.bind(&queue, names.exchange(), flow.name.as_str()).await
}

/// A channel for declarations; the first refusal closes it, never the connection.
struct Declaring {
    channel: Channel,
    patience: Duration,
}

impl Declaring {
    async fn begin(live: &Live, patience: Duration) -> Result<Self, DeclareError> {
        match live.channel().await {
            Ok(open) => Ok(Self { channel: open.channel, patience }),
            Err(error) => Err(DeclareError::Lost(error.to_string())),
        }
    }

    async fn exchange(&self, name: &str, kind: ExchangeKind) -> Result<(), DeclareError> {
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let declared = self.channel.exchange_declare(name.into(), kind, options, FieldTable::default());
        self.answer("exchange", name, declared).await
    }

    async fn queue(&self, name: &str, arguments: FieldTable) -> Result<(), DeclareError> {
        let options = QueueDeclareOptions::durable();
        let declared = self.channel.queue_declare(name.into(), options, arguments);
        self.answer("queue", name, declared).await
    }

    async fn bind(&self, queue: &str, exchange: &str, routing_key: &str) -> Result<(), DeclareError> {
        let (name, exchange, key): (ShortString, ShortString, ShortString) =
            (queue.into(), exchange.into(), routing_key.into());
        let bound =
            self.channel.queue_bind(name, exchange, key, QueueBindOptions::default(), FieldTable::default());
        self.answer("queue", queue, bound).await
    }

    async fn answer<T>(
        &self,
        kind: &str,
        name: &str,
        answer: impl Future<Output = lapin::Result<T>>,
    ) -> Result<(), DeclareError> {
        match timeout(self.patience, answer).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match refused_by(&error) {
                Some(why) => DeclareError::Refused(refusal(kind, name, why)),
                None => DeclareError::Lost(error.to_string()),
            }),
            Err(_) => Err(DeclareError::Lost("the broker does not answer".to_owned())),
        }
    }
}
