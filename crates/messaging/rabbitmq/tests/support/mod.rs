//! What the tests of this crate share: a shop of its own on a real server, behind a wire that can be cut.
#![allow(dead_code, reason = "each test binary uses some of it")]

mod server;
mod wire;

use async_trait::async_trait;
use pawnshop_domain::ShopName;
use pawnshop_messaging::contract::{Backend, flow};
use pawnshop_messaging::{Broker, BrokerError, Consumer, Receipt, Received, RetrySchedule, Settlement};
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};
pub(crate) use server::Server;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
pub(crate) use wire::Wire;

/// How long anything that must happen may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// A shop that nobody else uses; its queues are deleted at the end.
pub(crate) struct Rabbit {
    pub(crate) broker: Arc<RabbitBroker>,
    pub(crate) options: RabbitOptions,
    pub(crate) server: Server,
    wire: Wire,
    _shop: Arc<Shop>,
}

/// Deletes a shop's queues and exchanges when it is dropped.
struct Shop {
    server: Server,
    name: ShopName,
}

impl Rabbit {
    /// A broker with the flow `a`, and with options changed by `with`.
    pub(crate) async fn with(with: impl FnOnce(&mut RabbitOptions)) -> Self {
        let server = Server::shared().await;
        let name = format!("t{:016x}", rand::random::<u64>());
        let shop = ShopName::new("test", &name).unwrap();
        let mut options = RabbitOptions::new(server.uri.clone().into(), shop.clone());
        options.management_uri = Some(server.management_uri.clone().into());
        with(&mut options);
        let shop = Arc::new(Shop { server: server.clone(), name: shop });
        Self::open(options, server, shop).await
    }

    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn open(mut options: RabbitOptions, server: Server, shop: Arc<Shop>) -> Self {
        let wire = Wire::to(&server.address()).await;
        options.uri = server.uri.replace(&server.address(), &wire.address()).into();
        let broker = Arc::new(RabbitBroker::start(options.clone()).unwrap());
        while let Err(error) = broker.declare(&[flow("a")]).await {
            assert!(matches!(error, BrokerError::Unavailable(_)), "{error}");
        }
        Self { broker, options, server, wire, _shop: shop }
    }

    /// Cuts every connection of the broker, which connects again.
    pub(crate) fn cut(&self) {
        self.wire.cut();
    }

    /// Connections that the broker has made so far.
    pub(crate) fn connections(&self) -> usize {
        self.wire.accepted()
    }

    /// A queue or an exchange of the shop: its full name.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}.{rest}", self.options.shop)
    }

    pub(crate) async fn consumer(&self) -> Box<dyn Consumer> {
        let mut consumer = None;
        eventually("there is a consumer", async || {
            consumer = self.broker.consume(&[flow("a")]).await.ok();
            consumer.is_some()
        })
        .await;
        consumer.unwrap()
    }

    pub(crate) async fn publish(&self, events: &[pawnshop_events::Event]) {
        within(self.broker.publisher().publish(&flow("a"), events.to_vec())).await.unwrap();
    }

    /// A connection past the broker, as another program has it.
    pub(crate) async fn channel(&self) -> lapin::Channel {
        let runtime = lapin::runtime::default_runtime().unwrap();
        let properties = lapin::ConnectionProperties::default();
        let connecting = lapin::Connection::connect_with_runtime(&self.server.uri, properties, runtime);
        let channel = within(connecting).await.unwrap().create_channel().await.unwrap();
        channel.confirm_select(Default::default()).await.unwrap();
        channel
    }

    /// Puts a message into one of the shop's queues, past everything.
    pub(crate) async fn put(&self, queue: &str, body: &[u8], properties: lapin::BasicProperties) {
        let queue = self.name(queue);
        let channel = self.channel().await;
        let publishing = channel.basic_publish(
            "".into(),
            queue.as_str().into(),
            lapin::options::BasicPublishOptions { mandatory: true, ..Default::default() },
            body,
            properties.with_delivery_mode(2),
        );
        let confirm = within(publishing).await.unwrap();
        assert!(matches!(within(confirm).await.unwrap(), lapin::Confirmation::Ack(None)));
    }

    /// Messages that are ready in one of the shop's queues.
    pub(crate) async fn ready(&self, queue: &str) -> u32 {
        let channel = self.channel().await;
        let options = lapin::options::QueueDeclareOptions { passive: true, ..Default::default() };
        let queue = self.name(queue);
        channel
            .queue_declare(queue.as_str().into(), options, Default::default())
            .await
            .unwrap()
            .message_count()
    }
}

#[async_trait]
impl Backend for Rabbit {
    async fn start(schedule: RetrySchedule) -> Self {
        in_place(Self::with(|options| {
            options.schedule = schedule;
            // The contract has a thousand events unsettled at a time.
            options.write_batch = 1_000;
            options.deadlines.sample = Duration::from_millis(20);
        }))
    }

    fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.broker) as Arc<dyn Broker>
    }

    /// The wire is cut for good: the broker sees a process that is gone, and this process starts anew.
    async fn crash(self) -> Self {
        let Self { mut options, server, wire, _shop: shop, broker } = self;
        // As the operator gives it back to whoever starts (K1).
        options.event_bytes.extend(broker.event_bytes(&flow("a")).map(|bytes| (flow("a"), bytes)));
        in_place(async {
            wire.cut_for_good().await;
            drop(broker);
            Self::open(options, server, shop).await
        })
    }

    async fn skips(test: &str) -> bool {
        Server::missing(test)
    }

    /// Quorum queues tell their figures every five seconds.
    fn backlog_lag() -> Duration {
        Duration::from_millis(5_500)
    }

    fn prefetches() -> bool {
        true
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let deleted = std::thread::scope(|scope| {
            scope.spawn(|| block_on(self.server.delete(&self.name.to_string()))).join()
        });
        if !std::thread::panicking() {
            deleted.unwrap();
        }
    }
}

/// On a runtime of its own: the test's own may be ending, and cannot be waited in.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Within a task of several threads, without asking that the work can move between them.
fn in_place<T>(work: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work))
}

pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(DEADLINE, future).await.expect("this takes too long")
}

/// Waits until it is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !within(is_so()).await {
        assert!(Instant::now() < end, "it should come to this: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Receives until there are so many.
pub(crate) async fn receive(consumer: &dyn Consumer, count: usize) -> Vec<Received> {
    let mut received = Vec::new();
    while received.len() < count {
        let more = timeout(DEADLINE, consumer.receive(count - received.len())).await;
        let more = more.unwrap_or_else(|_| panic!("{} of {count} events came", received.len()));
        received.extend(more.unwrap());
    }
    received
}

pub(crate) fn all(received: &[Received], settlement: Settlement) -> Vec<(Receipt, Settlement)> {
    received.iter().map(|received| (received.receipt, settlement)).collect()
}
