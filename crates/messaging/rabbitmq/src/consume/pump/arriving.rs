//! From the broker to the worker.

use super::{Chore, PAUSE, Pump, after_pause};
use crate::consume::budget;
use crate::consume::intake::Intake;
use crate::consume::message::{Message, Origin};
use crate::consume::source::{Arrival, Kind, Source, What};
use crate::link::unavailable;
use bytes::Bytes;
use lapin::message::Delivery;
use pawnshop_messaging::{BrokerError, PublishError};
use std::sync::Arc;
use tokio::time::sleep;

impl Pump {
    pub(super) async fn arrived(
        &mut self,
        Arrival { source, subscription, what }: Arrival,
    ) -> Result<(), BrokerError> {
        if !self.sources[source].is_present(subscription) {
            // Its channel is closed, and it comes again.
            return Ok(());
        }
        match what {
            What::Message(delivery) => {
                self.take(source, subscription, *delivery).await?;
                let Source { window, subscription: present, .. } = &self.sources[source];
                match window.better(self.shared.budget.share()) {
                    Some(prefetch) if subscription == *present => self.subscribe(source, prefetch).await,
                    _ => Ok(()),
                }
            }
            What::Failure(error) => Err(unavailable(&error.to_string())),
            What::End if subscription == self.sources[source].subscription => {
                tracing::warn!(flow = %self.sources[source].flow.name, "a queue that was consumed is gone");
                self.restore(source).await
            }
            What::End => Ok(()),
        }
    }

    async fn take(
        &mut self,
        source: usize,
        subscription: u32,
        delivery: Delivery,
    ) -> Result<(), BrokerError> {
        let Source { flow, kind, .. } = &self.sources[source];
        let (flow, kind) = (Arc::clone(flow), *kind);
        let Delivery { delivery_tag: tag, properties, data, .. } = delivery;
        let size = data.len();
        let (schedule, returned) = (&self.shared.options.schedule, self.shared.has_returned_lately());
        let intake = Intake::of(kind, Bytes::from(data), &properties, schedule, returned);
        let origin = Origin { tag, source, subscription, events: intake.events() };
        self.sources[source].arrived(origin, size);
        if kind == Kind::Flow {
            flow.bytes.record(origin.events, size);
        }
        let Some(held) = self.shared.budget.hold(size) else {
            metrics::counter!(crate::meters::DELIVERIES_REFUSED).increment(1);
            self.chore(async move {
                sleep(PAUSE).await;
                Chore::Paused(origin)
            });
            return Ok(());
        };
        let publishing = self.publishing.clone();
        match intake {
            Intake::Drop => return self.answer(&[origin], &[]).await,
            Intake::Hold { parts, given_up } => {
                let queue = || self.shared.names.oversized(&flow.name);
                let parts = parts.into_iter().map(|part| part.with_oversized(queue)).collect();
                let counted = (kind == Kind::Flow).then(|| Arc::clone(&flow));
                self.held.hold(Message::new(origin, parts, given_up, counted, held));
            }
            Intake::TakeApart(members) => {
                tracing::warn!(flow = %flow.name, events = members.len(), "a message came too often; its events are published anew, one by one");
                self.chore(async move {
                    let published = publishing.take_apart(&flow.name, members).await;
                    moved(origin, published, held).await
                });
            }
            Intake::Retry { tier, encoded } => {
                tracing::warn!(flow = %flow.name, "an event came too often; it goes to its next delay tier");
                self.chore(async move {
                    let published = publishing.delay(&flow.name, tier, encoded).await;
                    moved(origin, published, held).await
                });
            }
        }
        Ok(())
    }
}

/// The end of a message that was published elsewhere; `held` counts until then.
async fn moved(origin: Origin, published: Result<(), PublishError>, held: budget::Held) -> Chore {
    let published = after_pause(published).await;
    drop(held);
    Chore::Moved { origin, published }
}
