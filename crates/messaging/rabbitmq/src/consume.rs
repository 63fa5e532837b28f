//! The consuming half: messages of several events in, single events to the worker, and each message answered when
//! the last of its events is settled (decision D1).

mod budget;
mod headers;
mod held;
mod intake;
mod message;
mod part;
mod publishing;
mod pump;
mod source;
mod tags;
mod window;

use crate::link::Link;
use crate::send::Sender;
use crate::shared::Shared;
use async_trait::async_trait;
pub(crate) use budget::Budget;
use held::Held;
use pawnshop_domain::FlowName;
use pawnshop_messaging::{BrokerError, Consumer, Receipt, Received, RetrySchedule, Settlement};
use publishing::Publishing;
use pump::{Pump, Settle};
use source::{Kind, Source};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Span;
pub(crate) use window::Rule;

/// A new consumer of these flows, on the consuming connection; what it publishes (retries, returned events) goes
/// through `sender`. How much is sent ahead to it is told by the `rule`.
pub(crate) async fn consume(
    shared: &Arc<Shared>,
    link: &Arc<Link>,
    sender: &Sender,
    flows: &[FlowName],
    rule: Rule,
) -> Result<Box<dyn Consumer>, BrokerError> {
    let mut sources = Vec::new();
    for name in flows.iter().collect::<BTreeSet<_>>() {
        let flow = shared.flow(name).ok_or_else(|| BrokerError::UnknownFlow(name.clone()))?;
        for kind in [Kind::Flow, Kind::Dead] {
            let channel = link.channel().await?;
            sources.push(Source::new(shared, Arc::clone(&flow), kind, rule, channel));
        }
    }
    let held = Arc::new(Held::new(sources.iter().map(|source| source.flow.name.clone()).collect()));
    let publishing = Publishing::new(Arc::clone(shared), sender.clone());
    let (shared, link) = (Arc::clone(shared), Arc::clone(link));
    let deadlines = &shared.options.deadlines;
    let patience = deadlines.publish * 2 + deadlines.request * 2;
    let schedule = shared.options.schedule.clone();
    let pump = Pump::start(shared, link, publishing.clone(), Arc::clone(&held), sources).await?;
    let (settles, commands) = unbounded_channel();
    tokio::spawn(pump.run(commands));
    Ok(Box::new(RabbitConsumer { held, settles, publishing, schedule, patience }))
}

/// One consumer: what it holds, and the way to the task that pumps for it. That task ends when this is dropped.
struct RabbitConsumer {
    held: Arc<Held>,
    /// Unbounded, for each message is settled once and only so many are held.
    settles: UnboundedSender<Settle>,
    publishing: Publishing,
    schedule: RetrySchedule,
    /// Longer than every single step of a settlement may take.
    patience: Duration,
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn receive(&self, max: usize) -> Result<Vec<Received>, BrokerError> {
        self.held.receive(max).await
    }

    async fn settle(&self, settlements: Vec<(Receipt, Settlement)>) -> Result<(), BrokerError> {
        for (_, settlement) in &settlements {
            if let Settlement::Retry(tier) = settlement
                && !self.schedule.tiers().any(|known| known == *tier)
            {
                return Err(BrokerError::Declare(format!("there is no delay tier of {:?}", tier.delay)));
            }
        }
        let settled = self.held.settle(&settlements)?;
        let (faults, mut told) = unbounded_channel();
        let (answered, done) = oneshot::channel();
        // From here on it happens, whether this call is waited for or not. A pump that has ended says why below.
        let _ = self.settles.send(Settle { settled, within: Span::current(), answered, faults });
        let mut first = None;
        let published = async {
            while let Some(fault) = told.recv().await {
                first.get_or_insert(fault);
            }
        };
        // While the broker takes no messages, what must be published waits without its caller, who goes on with what
        // need not be (D9).
        let blocked = async {
            self.publishing.blocked().await;
            done.await
        };
        let settled = timeout(self.patience, async {
            tokio::select! {
                biased;
                () = published => {}
                _ = blocked => {}
            }
        });
        let in_time = settled.await;
        // What is told from now on is told to who receives.
        told.close();
        if let Ok(fault) = told.try_recv() {
            first.get_or_insert(fault);
        }
        if in_time.is_err() {
            return Err(BrokerError::Unavailable(format!(
                "the broker did not answer within {:?}",
                self.patience
            )));
        }
        first.or_else(|| self.held.lost()).map_or(Ok(()), Err)
    }
}
