use crate::link::Link;
use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use pawnshop_domain::FlowName;
use pawnshop_events::{BATCH_CONTENT_TYPE, Event};
use pawnshop_messaging::PublishError;
use std::sync::Arc;

/// Publishes single messages, each `mandatory` and confirmed; many at a time share one channel. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    link: Arc<Link>,
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

impl Sender {
    pub(crate) fn start(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// Publishes and waits for the confirm, at most `deadlines.publish`. A message that no queue takes, or that the
    /// broker refuses, is a failed publish.
    pub(crate) async fn send(&self, message: Message) -> Result<(), PublishError> {
        let _ = (&self.link, message);
        Err(PublishError::Unavailable("not connected".to_owned()))
    }
}

impl Message {
    /// A flow's events (encoded one by one, see [`Event::encode`]) as one message to this exchange.
    pub(crate) fn of_events(
        flow: &FlowName,
        exchange: &str,
        routing_key: &str,
        encoded: &[Bytes],
    ) -> Self {
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
