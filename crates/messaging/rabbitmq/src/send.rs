//! One message at a time.

use crate::lane::{Amount, Batch, Job, Lane, Outbox, Pack, Room, Waiting};
use crate::link::Link;
use crate::shared::Shared;
use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use pawnshop_domain::FlowName;
use pawnshop_events::{BATCH_CONTENT_TYPE, Event};
use pawnshop_messaging::PublishError;
use std::collections::VecDeque;
use std::sync::Arc;

/// Messages that may be outstanding at a time: what a worker's batch may retry at once, within a round trip or two.
const WIDTH: usize = 256;

/// Publishes single messages, each `mandatory` and confirmed; many at a time share one channel. While the broker takes
/// no messages they wait, `deadlines.blocked` at most (decision D9). Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    line: Arc<Line>,
}

/// One message on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Empty for the default exchange, where the routing key is a queue's name.
    pub(crate) exchange: ShortString,
    pub(crate) routing_key: ShortString,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Bytes,
}

#[derive(Debug)]
struct Line {
    outbox: Arc<Outbox<OneByOne>>,
    link: Arc<Link>,
    room: Arc<Room>,
}

impl Sender {
    /// A sender on this connection, which is the publishing one.
    pub(crate) fn start(shared: &Arc<Shared>, link: &Arc<Link>) -> Self {
        let outbox = Arc::new(Outbox::new(OneByOne));
        let lane = Lane::new(Arc::clone(&outbox), Arc::clone(link), Arc::clone(shared), None, WIDTH)
            .patient(shared.options.deadlines.blocked);
        tokio::spawn(lane.run());
        let (events, bytes) = (shared.options.max_pending_events, shared.options.max_pending_bytes);
        let room = Room::new(Amount { events, bytes });
        Self { line: Arc::new(Line { outbox, link: Arc::clone(link), room }) }
    }

    /// Publishes and waits for the confirm: `deadlines.publish` at most on a connection that takes messages,
    /// `deadlines.blocked` on one that does not. A message that no queue takes, or that the broker refuses, is a
    /// failed publish. Dropped, the call may or may not have published.
    ///
    /// # Errors
    /// `Unavailable` when nothing was sent or no queue took it, `Unconfirmed` when it may be in its queue, `Full`
    /// when too much waits.
    pub(crate) async fn send(&self, message: Message) -> Result<(), PublishError> {
        let room = self.line.room.reserve(Amount { events: 1, bytes: message.body.len() })?;
        let (waiting, answer) = Waiting::begin(Some(room));
        self.line.outbox.push(Single { message, waiting });
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Sender {
    /// Waits until the broker takes no messages.
    pub(crate) async fn blocked(&self) {
        self.line.link.blocked().await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.outbox.close();
    }
}

impl Message {
    /// A flow's events (encoded one by one, see [`Event::encode`]) as one message to this exchange.
    pub(crate) fn of_events(flow: &FlowName, exchange: &str, routing_key: &str, encoded: &[Bytes]) -> Self {
        Self {
            exchange: exchange.into(),
            routing_key: routing_key.into(),
            properties: properties(flow, encoded.len()),
            body: Event::join_batch(encoded),
        }
    }
}

/// The standard properties of a message with so many events: persistent, typed, flow and count for people and tools.
pub(crate) fn properties(flow: &FlowName, events: usize) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert("flow".into(), AMQPValue::LongString(flow.as_str().into()));
    headers.insert("events".into(), AMQPValue::LongInt(i32::try_from(events).unwrap_or(i32::MAX)));
    BasicProperties::default()
        .with_content_type(BATCH_CONTENT_TYPE.into())
        .with_delivery_mode(2)
        .with_headers(headers)
}

/// The answer of a lane that ended without one.
pub(crate) fn gone() -> PublishError {
    PublishError::Unconfirmed("the broker was closed".to_owned())
}

/// A message is a message.
#[derive(Debug)]
struct OneByOne;

#[derive(Debug)]
struct Single {
    message: Message,
    waiting: Waiting,
}

impl Pack for OneByOne {
    type Job = Single;

    fn pack(&self, jobs: &mut VecDeque<Single>) -> Option<Batch> {
        while let Some(Single { message, waiting }) = jobs.pop_front() {
            if !waiting.is_gone() {
                return Some(Batch { message, events: 1, waiting: vec![waiting], returned_once: false });
            }
        }
        None
    }
}

impl Job for Single {
    fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    fn into_waiting(self) -> Waiting {
        self.waiting
    }
}
