//! Queues that send nothing.

use super::{Pump, answered};
use crate::link::unavailable;
use crate::topology::{self, DeclareError};
use pawnshop_messaging::BrokerError;
use std::sync::Arc;
use tokio::time::timeout;

impl Pump {
    /// Gives the channel up when queues have messages and send none, two rounds long: the broker does not always tell that a queue was
    /// deleted, least when it is declared again at once. All are asked on one channel, so that an idle consumer costs
    /// the broker next to nothing.
    pub(super) async fn look_after_the_quiet(&mut self) -> Result<(), BrokerError> {
        let mut asking = None;
        for source in 0..self.sources.len() {
            if self.sources[source].is_due() {
                self.consume_anew(source).await?;
                continue;
            }
            let stalled = std::mem::take(&mut self.sources[source].stalled);
            if !self.sources[source].is_quiet() {
                continue;
            }
            let channel = match asking.take() {
                Some(channel) => channel,
                None => self.link.channel().await?,
            };
            let ready = channel.ready(self.sources[source].queue(), self.patience()).await;
            asking = Some(channel);
            match ready {
                Ok(0) => {}
                // They may have come this moment.
                Ok(_) if !stalled => self.sources[source].stalled = true,
                Ok(_) => {
                    let name = &self.sources[source].flow.name;
                    return Err(unavailable(&format!("the queue of {name} has messages and sends none")));
                }
                Err(_) => self.restore(source).await?,
            }
        }
        Ok(())
    }

    /// Consumes a queue on another channel. A channel of RabbitMQ that found its deleted queue declared again consumes
    /// it by itself and drops what comes, which nobody can see: it is ready again once the channel is closed.
    async fn consume_anew(&mut self, source: usize) -> Result<(), BrokerError> {
        let (patience, link) = (self.patience(), Arc::clone(&self.link));
        // First, so that as little as can be comes to a channel that is about to be closed.
        answered(patience, &link, self.sources[source].cancel()).await?;
        let fresh = link.channel().await?;
        answered(patience, &link, self.sources[source].channel.close(200, "".into())).await?;
        self.sources[source].move_to(fresh);
        self.subscribe(source, self.sources[source].window.prefetch()).await
    }

    /// Has a queue declared again that was deleted, and ends the consumer: its owner opens another.
    pub(super) async fn restore(&mut self, source: usize) -> Result<(), BrokerError> {
        self.sources[source].ended();
        // Before there is a queue of this name: a channel of RabbitMQ that finds one when it learns that its own is
        // gone consumes it by itself, and drops what comes.
        let closing = self.sources[source].channel.close(200, "".into());
        let _ = timeout(self.patience(), closing).await;
        let live = self.link.live().await?;
        let flow = Arc::clone(&self.sources[source].flow);
        topology::declare(&live, &self.shared, &[flow]).await.map_err(|error| match error {
            DeclareError::Refused(why) => BrokerError::Declare(why),
            DeclareError::Lost(why) => BrokerError::Unavailable(why),
        })?;
        Err(unavailable("a queue was deleted, and declared again"))
    }
}
