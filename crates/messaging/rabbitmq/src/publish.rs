//! The publishing side: natural batching (decision D8).

mod batches;
mod parts;

use crate::RabbitOptions;
use crate::lane::{Amount, Answer, Lane, Outbox, Room, Waiting};
use crate::link::Link;
use crate::options::MAX_EVENTS;
use crate::send::gone;
use crate::shared::{Flow, Shared};
use async_trait::async_trait;
use batches::{Batches, Part};
use parts::{LARGEST_EVENT, parts};
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_messaging::{PublishError, Publisher, sending};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// RabbitMQ in traces.
pub(crate) const SYSTEM: &str = "rabbitmq";

/// Publishes a shop's events: each flow has a lane, which sends what has come as soon as one of its few messages is
/// confirmed. A lone event goes out at once; under load messages grow by themselves.
pub(crate) struct RabbitPublisher {
    shared: Arc<Shared>,
    link: Arc<Link>,
    room: Arc<Room>,
    lines: RwLock<BTreeMap<FlowName, Arc<Line>>>,
}

/// A flow and the outbox of its lane.
struct Line {
    flow: Arc<Flow>,
    outbox: Arc<Outbox<Batches>>,
}

impl RabbitPublisher {
    pub(crate) fn new(shared: &Arc<Shared>, link: &Arc<Link>) -> Self {
        let RabbitOptions { max_pending_events: events, max_pending_bytes: bytes, .. } = shared.options;
        let (shared, link) = (Arc::clone(shared), Arc::clone(link));
        Self { shared, link, room: Room::new(Amount { events, bytes }), lines: RwLock::default() }
    }

    fn line(&self, name: &FlowName) -> Option<Arc<Line>> {
        let known = self.lines.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        known.or_else(|| Some(self.new_line(self.shared.flow(name)?)))
    }

    fn new_line(&self, flow: Arc<Flow>) -> Arc<Line> {
        let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
        let line = lines.entry(flow.name.clone()).or_insert_with(|| {
            let outbox = Arc::new(Outbox::new(Batches::new(&self.shared.names, &flow)));
            let (shared, link) = (Arc::clone(&self.shared), Arc::clone(&self.link));
            // As many events may await their confirms as do in full messages.
            let width = self.shared.options.outstanding.max(1) * usize::from(MAX_EVENTS) / flow.max_events;
            tokio::spawn(Lane::new(Arc::clone(&outbox), link, shared, Some(Arc::clone(&flow)), width).run());
            Arc::new(Line { flow, outbox })
        });
        Arc::clone(line)
    }
}

#[async_trait]
impl Publisher for RabbitPublisher {
    async fn publish(&self, flow: &FlowName, events: Vec<Event>) -> Result<(), PublishError> {
        sending(SYSTEM, flow, events, |events| self.send(flow, events)).await
    }

    fn system(&self) -> &'static str {
        SYSTEM
    }
}

impl RabbitPublisher {
    async fn send(&self, flow: &FlowName, events: Vec<Event>) -> Result<(), PublishError> {
        let line = self.line(flow).ok_or_else(|| PublishError::UnknownFlow(flow.clone()))?;
        self.link.ready_to_publish()?;
        if let Some(why) = line.flow.refused() {
            return Err(PublishError::Unavailable(why));
        }
        // Encoded here, by the caller's task: the lane only joins bytes.
        let mut answers = Vec::with_capacity(1);
        let parts = parts(events.iter().map(Event::encode), line.flow.max_events)
            .map_err(|size| PublishError::TooLarge { size, limit: LARGEST_EVENT })?;
        drop(events);
        let all = parts.iter().fold(Amount::default(), |sum, part| Amount {
            events: sum.events + part.events,
            bytes: sum.bytes + part.body.len(),
        });
        let mut room = self.room.reserve(all)?;
        for part in parts {
            let room = room.part(Amount { events: part.events, bytes: part.body.len() });
            let (waiting, answer) = Waiting::begin(Some(room));
            line.outbox.push(Part { events: part, waiting });
            answers.push(answer);
        }
        all_of(answers).await
    }
}

/// Success when every part is durable. When some are, or may be, the whole is unconfirmed.
async fn all_of(answers: Vec<Answer>) -> Result<(), PublishError> {
    let mut confirmed = 0;
    let mut failure = None;
    for answer in answers {
        match answer.await.unwrap_or_else(|_| Err(gone())) {
            Ok(()) => confirmed += 1,
            Err(error @ PublishError::Unconfirmed(_)) => failure = Some(error),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        None => Ok(()),
        Some(PublishError::Unavailable(why)) if confirmed > 0 => Err(PublishError::Unconfirmed(why)),
        Some(error) => Err(error),
    }
}

impl Drop for RabbitPublisher {
    fn drop(&mut self) {
        for line in self.lines.get_mut().unwrap_or_else(PoisonError::into_inner).values() {
            line.outbox.close();
        }
    }
}
