//! From the worker to the broker.

use super::{Chore, Pump, Settle, after_pause, answered};
use crate::consume::held::{Departure, Destination};
use crate::consume::message::{End, Finished, Origin};
use crate::consume::source::Source;
use crate::consume::tags::Acks;
use crate::publish::SYSTEM;
use futures::future::try_join_all;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use pawnshop_domain::FlowName;
use pawnshop_messaging::{BrokerError, PublishError, Tier};
use pawnshop_trace::{SpanExt, child};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::error::SendError;
use tracing::{Instrument, Span};

impl Pump {
    pub(super) async fn settle(
        &mut self,
        Settle { settled, within, answered, faults }: Settle,
    ) -> Result<(), BrokerError> {
        for Departure { receipt, flow, to } in settled.departures {
            let (publishing, faults) = (self.publishing.clone(), faults.clone());
            let within = within.clone();
            self.chore(async move {
                let published = match to {
                    Destination::Tier(tier, encoded) => {
                        let span = within.in_scope(|| retrying(&flow, tier));
                        let published = publishing.delay(&flow, tier, encoded).instrument(span.clone()).await;
                        published.inspect_err(|error| span.fail(error.kind(), error))
                    }
                    Destination::Oversized(oversized) => {
                        after_pause(publishing.put_elsewhere(&flow, oversized).await).await
                    }
                };
                Chore::Departed { receipt, published, faults }
            });
        }
        self.end(settled.finished, &faults).await?;
        // Nobody may be waiting any more.
        let _ = answered.send(());
        Ok(())
    }

    pub(super) async fn done(&mut self, chore: Chore) -> Result<(), BrokerError> {
        match chore {
            Chore::Departed { receipt, published, faults } => {
                let finished = self.held.departed(receipt, published.is_ok());
                self.tell(&faults, published);
                self.end(finished, &faults).await
            }
            Chore::Republished { finished, published, faults } => {
                let (ended, returned) = if published.is_ok() { (true, false) } else { (false, true) };
                let some = |yes: bool| if yes { vec![finished.origin] } else { Vec::new() };
                self.tell(&faults, published);
                self.answer(&some(ended), &some(returned)).await
            }
            Chore::Moved { origin, published: Ok(()) } => self.answer(&[origin], &[]).await,
            Chore::Moved { origin, published: Err(_) } | Chore::Paused(origin) => {
                self.answer(&[], &[origin]).await
            }
        }
    }

    /// Tells the broker of messages whose parts are all settled.
    pub(super) async fn end(
        &mut self,
        finished: impl IntoIterator<Item = Finished>,
        faults: &UnboundedSender<BrokerError>,
    ) -> Result<(), BrokerError> {
        let (mut ended, mut returned, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for finished in finished {
            match &finished.end {
                End::Acknowledge => ended.push(finished.origin),
                End::Return => returned.push(finished.origin),
                End::Republish(encoded) => {
                    let (publishing, faults) = (self.publishing.clone(), faults.clone());
                    let flow = Arc::clone(&self.sources[finished.origin.source].flow);
                    let encoded = encoded.clone();
                    self.chore(async move {
                        let published = publishing.put_back(&flow.name, &encoded).await;
                        Chore::Republished { finished, published, faults }
                    });
                    continue;
                }
            }
            // Held, and counted, until the broker knows.
            kept.push(finished);
        }
        self.answer(&ended, &returned).await
    }

    /// Acknowledges messages and returns others, these first: an acknowledgement may stand for all before it.
    pub(super) async fn answer(&mut self, ended: &[Origin], returned: &[Origin]) -> Result<(), BrokerError> {
        for &origin in ended.iter().chain(returned) {
            self.sources[origin.source].answered(origin);
        }
        if !returned.is_empty() {
            self.shared.set_returned();
        }
        let (patience, link) = (self.patience(), Arc::clone(&self.link));
        let telling = try_join_all(self.sources.iter_mut().enumerate().map(
            |(source, Source { channel, tags, .. })| {
                let of_source = |origins: &[Origin]| -> Vec<u64> {
                    origins.iter().filter(|origin| origin.source == source).map(|origin| origin.tag).collect()
                };
                let (ended, returned) = (of_source(ended), of_source(returned));
                tags.returned(&returned);
                let acks = tags.ended(&ended);
                async move { tell_channel(channel, &returned, acks).await }
            },
        ));
        let told = answered(patience, &link, telling).await.map(drop);
        // Known before those who wait for it are told that nothing more comes: they would take it for success.
        told.inspect_err(|lost| self.held.lose(lost.clone()))
    }

    /// Tells a failed publish to who settled the event, or to who receives next when nobody waits for it any more.
    fn tell(&self, faults: &UnboundedSender<BrokerError>, published: Result<(), PublishError>) {
        let Err(error) = published else { return };
        let error = BrokerError::Unavailable(format!("an event could not be put back: {error}"));
        if let Err(SendError(error)) = faults.send(error) {
            self.held.tell_later(error);
        }
    }
}

/// The span of an event's way to a delay tier.
fn retrying(flow: &FlowName, tier: Tier) -> Span {
    child!(
        "retry",
        otel.name = format!("retry {flow}"),
        otel.kind = "producer",
        messaging.system = SYSTEM,
        messaging.destination.name = flow.as_str(),
        messaging.operation.name = "retry",
        messaging.operation.type = "send",
        pawnshop.retry_delay_seconds = tier.delay.as_secs_f64(),
    )
}

/// Returns and acknowledges deliveries of one channel.
async fn tell_channel(
    channel: &Channel,
    returned: &[u64],
    Acks { up_to, single }: Acks,
) -> lapin::Result<()> {
    let requeue = BasicNackOptions { requeue: true, multiple: false };
    try_join_all(returned.iter().map(|&tag| channel.basic_nack(tag, requeue))).await?;
    if let Some(tag) = up_to {
        channel.basic_ack(tag, BasicAckOptions { multiple: true }).await?;
    }
    let one = BasicAckOptions { multiple: false };
    try_join_all(single.iter().map(|&tag| channel.basic_ack(tag, one))).await.map(drop)
}
