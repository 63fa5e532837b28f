//! AMQP spoken past the shop.

use crate::kind::Kind;
use crate::world::World;
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::TryFutureExt;
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use pawnshop_domain::{EventId, ShopName};
use pawnshop_events::{BATCH_CONTENT_TYPE, ContentHash, Event};
use pawnshop_items::proto::v1::BuyAction;
use std::time::Duration;
use tokio::time::timeout;

/// How long the broker may take for one answer.
const DEADLINE: Duration = Duration::from_secs(20);
/// The most messages of a queue that are looked at.
const LOOKED_AT: usize = 1_000;

/// A connection to the broker itself, not through the proxy.
pub struct RawPublisher {
    connection: Connection,
    channel: Channel,
    shop: ShopName,
}

/// What stands in a message's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// Its content type.
    Usual,
    /// Nothing at all.
    Missing,
    /// Lies.
    Absurd,
}

impl RawPublisher {
    /// Connects.
    pub async fn connect(world: &World) -> Result<Self> {
        let connect = Connection::connect(world.broker_uri(), ConnectionProperties::default());
        let connection = timeout(DEADLINE, connect).await.context("connect to the broker")??;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { connection, channel, shop: world.shop().clone() })
    }

    /// Publishes a body to a flow and waits until it is durable.
    pub async fn publish(&self, flow: Kind, body: Bytes, headers: Headers) -> Result<()> {
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let publish = self
            .channel
            .basic_publish(
                self.shop.to_string().into(),
                flow.flow().into(),
                options,
                &body,
                properties(headers),
            )
            .and_then(|confirm| confirm);
        let confirm = timeout(DEADLINE, publish).await.context("no confirm")??;
        ensure!(
            confirm.is_ack() && confirm.take_message().is_none(),
            "the broker did not take {}",
            flow.flow()
        );
        Ok(())
    }

    /// A good purchase, about this item at this price.
    pub fn buy(&self, item: &str, price: i64) -> Event {
        let id = EventId::fresh();
        let payload =
            BuyAction { client_id: "faults".to_owned(), item_id: item.to_owned(), price, date_us: 1_000_000 };
        Event::new(id, &self.shop, item, ContentHash::from_text(format!("v1:{id}")), &payload)
    }

    /// The bodies in a queue, which stay there; none when there is no such queue.
    pub async fn bodies(&self, queue: &str) -> Result<Vec<Vec<u8>>> {
        // A channel of its own: closing it puts everything back, and a missing queue closes it.
        let channel = self.connection.create_channel().await?;
        let mut bodies = Vec::new();
        while bodies.len() < LOOKED_AT {
            let get = channel.basic_get(queue.into(), BasicGetOptions::default());
            match timeout(DEADLINE, get).await.context("no answer")? {
                Ok(Some(message)) => bodies.push(message.delivery.data),
                Ok(None) | Err(_) => break,
            }
        }
        if channel.status().connected() {
            channel.close(200, "done".into()).await?;
        }
        Ok(bodies)
    }

    /// Disconnects.
    pub async fn close(self) -> Result<()> {
        self.connection.close(200, "done".into()).await.context("close the connection")
    }
}

fn properties(headers: Headers) -> BasicProperties {
    let usual = BasicProperties::default().with_delivery_mode(2).with_content_type(BATCH_CONTENT_TYPE.into());
    match headers {
        Headers::Usual => usual,
        Headers::Missing => BasicProperties::default(),
        Headers::Absurd => {
            let mut table = FieldTable::default();
            for (name, value) in [
                ("flow", AMQPValue::LongLongInt(-1)),
                ("count", AMQPValue::LongLongInt(i64::MIN)),
                ("events", AMQPValue::LongString("many".into())),
                ("attempt", AMQPValue::LongString("absurd".into())),
                ("x-delivery-count", AMQPValue::LongLongInt(i64::MAX)),
                ("x-death", AMQPValue::LongString("not a list".into())),
                ("traceparent", AMQPValue::ByteArray(vec![0xff; 64].into())),
            ] {
                table.insert(name.into(), value);
            }
            usual.with_content_type("text/html; charset=\u{1F921}".into()).with_headers(table)
        }
    }
}
