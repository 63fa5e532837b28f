//! What happens on the broker, by its own protocols, past every door.

use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_messaging::Broker as _;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};
use pawnshop_servers::Rabbit;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;

/// Bytes of a message: an event of the usual size.
const BODY: [u8; 300] = [b'x'; 300];
/// Confirms that are awaited at a time.
const OUTSTANDING: usize = 500;
/// Messages that the broker keeps: they survive a restart.
const PERSISTENT: u8 = 2;

/// The broker of all contestants.
pub(crate) struct Broker {
    rabbit: Rabbit,
    http: reqwest::Client,
}

/// What is in a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) ready: u64,
    pub(crate) unacknowledged: u64,
}

/// Messages that somebody holds, and acknowledges never.
pub(crate) struct Held {
    _consumer: lapin::Consumer,
    _channel: Channel,
    _connection: Connection,
}

impl Broker {
    pub(crate) async fn start() -> Result<Self> {
        let rabbit = Rabbit::start().await.context("start a broker")?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        Ok(Self { rabbit, http })
    }

    pub(crate) fn uri(&self) -> &str {
        self.rabbit.uri()
    }

    pub(crate) fn management_uri(&self) -> Result<&str> {
        self.rabbit.management_uri().context("the broker has no management API")
    }

    /// Makes a user, or gives it another password.
    pub(crate) async fn set_user(&self, name: &str, password: &str) -> Result<()> {
        self.put(&format!("users/{name}"), &json!({"password": password, "tags": "monitoring"})).await?;
        let everything = json!({"configure": ".*", "write": ".*", "read": ".*"});
        self.put(&format!("permissions/%2F/{name}"), &everything).await
    }

    async fn put(&self, path: &str, body: &Value) -> Result<()> {
        let uri = format!("{}/api/{path}", self.management_uri()?);
        let answer = self.http.put(uri).json(body).send().await?;
        ensure!(answer.status().is_success(), "the management API refuses {path}: {}", answer.status());
        Ok(())
    }

    /// Declares all that a shop has on the broker, as its programs do.
    pub(crate) async fn declare(&self, namespace: &str, shop: &str, flows: &[&'static str]) -> Result<()> {
        let shop = ShopName::new(namespace, shop)?;
        let broker = RabbitBroker::start(RabbitOptions::new(SecretString::from(self.uri()), shop))?;
        let flows: Vec<_> = flows.iter().map(|flow| FlowName::fixed(flow)).collect();
        let declared = broker.declare(&flows).await;
        broker.close().await;
        Ok(declared?)
    }

    /// Publishes so many messages to a queue; all are confirmed once this returns.
    pub(crate) async fn publish(&self, queue: &str, messages: usize) -> Result<()> {
        let (_connection, channel) = self.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let mut left = messages;
        while left > 0 {
            let now = left.min(OUTSTANDING);
            let mut confirms = Vec::with_capacity(now);
            for _ in 0..now {
                let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
                let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
                confirms
                    .push(channel.basic_publish("".into(), queue.into(), options, &BODY, properties).await?);
            }
            for confirm in confirms {
                ensure!(confirm.await?.is_ack(), "the broker does not take a message for {queue}");
            }
            left -= now;
        }
        Ok(())
    }

    /// Takes all that a queue has, without acknowledging it.
    pub(crate) async fn hold(&self, queue: &str, messages: u16) -> Result<Held> {
        let (connection, channel) = self.channel().await?;
        channel.basic_qos(messages, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let mut consumer =
            channel.basic_consume(queue.into(), "holds".into(), options, FieldTable::default()).await?;
        for _ in 0..messages {
            consumer.next().await.context("the consumer ended")??;
        }
        Ok(Held { _consumer: consumer, _channel: channel, _connection: connection })
    }

    pub(crate) async fn delete(&self, queue: &str) -> Result<()> {
        let (_connection, channel) = self.channel().await?;
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await?;
        Ok(())
    }

    /// What is in a queue, as the management API has it; `None` where there is no such queue, or no figures.
    pub(crate) async fn count(&self, queue: &str) -> Option<Count> {
        let uri = format!("{}/api/queues/%2F/{queue}", self.management_uri().ok()?);
        let answer: Value = self.http.get(uri).send().await.ok()?.json().await.ok()?;
        let of = |field: &str| answer[field].as_u64();
        Some(Count { ready: of("messages_ready")?, unacknowledged: of("messages_unacknowledged")? })
    }

    async fn channel(&self) -> Result<(Connection, Channel)> {
        let connection = Connection::connect(self.uri(), ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        Ok((connection, channel))
    }
}
