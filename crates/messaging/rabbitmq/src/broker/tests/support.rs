use crate::{RabbitBroker, RabbitOptions};
use bytes::Bytes;
use futures::FutureExt;
use lapin::options::{BasicGetOptions, ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_events::Event;
use pawnshop_messaging::{Broker, PublishError, RetrySchedule};
use pawnshop_servers::Rabbit;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// How long anything that must happen may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// The flow of most tests, which every world declares.
pub(super) const ITEM: FlowName = FlowName::fixed("item");
pub(super) const TIER: Duration = Duration::from_millis(300);

/// A shop of its own on a real broker, and a second connection that looks at it from outside.
pub(super) struct World {
    pub(super) broker: RabbitBroker,
    pub(super) admin: Channel,
    _connection: Connection,
}

/// One message as it lies in a queue.
pub(super) struct Lying {
    pub(super) properties: BasicProperties,
    pub(super) events: Vec<Event>,
}

/// Options for a fresh shop on this broker, with the flow's tier.
pub(super) fn options(rabbit: &Rabbit) -> RabbitOptions {
    let shop = ShopName::new("test", &format!("s{:016x}", rand::random::<u64>())).unwrap();
    let mut options = RabbitOptions::new(rabbit.uri().into(), shop);
    options.management_uri = rabbit.management_uri().map(Into::into);
    options.schedule = RetrySchedule::new(vec![TIER]);
    options
}

/// Runs a test with a shop on the shared broker, and takes the shop away afterwards.
pub(super) async fn with_shop(name: &str, test: impl AsyncFnOnce(&World)) {
    with_options(name, |_| {}, test).await;
}

pub(super) async fn with_options(
    name: &str,
    change: impl FnOnce(&mut RabbitOptions),
    test: impl AsyncFnOnce(&World),
) {
    if let Err(why) = Rabbit::available() {
        return pawnshop_servers::skip(name, &why);
    }
    let rabbit = Rabbit::shared().await.unwrap();
    pawnshop_runtime::tls::install_provider();
    let mut options = options(rabbit);
    change(&mut options);
    let world = World::start(rabbit, options).await;
    let result = AssertUnwindSafe(test(&world)).catch_unwind().await;
    world.clean().await;
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

impl World {
    pub(super) async fn start(rabbit: &Rabbit, options: RabbitOptions) -> Self {
        pawnshop_runtime::tls::install_provider();
        let connection =
            within(Connection::connect(rabbit.uri(), ConnectionProperties::default())).await.unwrap();
        let admin = within(connection.create_channel()).await.unwrap();
        let broker = RabbitBroker::start(options).unwrap();
        within(broker.declare(&[ITEM])).await.unwrap();
        Self { broker, admin, _connection: connection }
    }

    pub(super) fn queue(&self) -> String {
        self.broker.shared.names.queue(&ITEM)
    }

    pub(super) async fn publish(&self, events: Vec<Event>) -> Result<(), PublishError> {
        within(self.broker.publisher().publish(&ITEM, events)).await
    }

    /// Takes every message out of a queue.
    pub(super) async fn take_all(&self, queue: &str) -> Vec<Lying> {
        let mut all = Vec::new();
        let options = BasicGetOptions { no_ack: true };
        while let Some(message) = within(self.admin.basic_get(queue.into(), options)).await.unwrap() {
            let events = Event::decode_batch(Bytes::from(message.delivery.data.clone())).unwrap();
            let events = events.into_iter().map(Result::unwrap).collect();
            all.push(Lying { properties: message.delivery.properties.clone(), events });
        }
        all
    }

    /// Waits until a queue holds so many ready messages.
    pub(super) async fn until_ready(&self, queue: &str, messages: u64) {
        let live = within(self.broker.consuming.live()).await.unwrap();
        eventually(async || live.ready(queue).await.is_ok_and(|ready| ready == messages)).await;
    }

    /// Takes the shop's queues and exchanges away, and ends its connections.
    pub(super) async fn clean(self) {
        let shared = &self.broker.shared;
        self.broker.close().await;
        let Ok(admin) = within(self._connection.create_channel()).await else { return };
        let names = &shared.names;
        let tiers: Vec<_> = shared.options.schedule.tiers().map(|tier| names.tier(tier.delay)).collect();
        let flows = shared.flows();
        let of_flow = flows
            .iter()
            .flat_map(|flow| [names.queue(&flow.name), names.dead(&flow.name), names.oversized(&flow.name)]);
        for queue in tiers.iter().cloned().chain(of_flow) {
            let _ = within(admin.queue_delete(queue.into(), QueueDeleteOptions::default())).await;
        }
        for exchange in tiers.into_iter().chain([names.exchange().to_owned()]) {
            let _ = within(admin.exchange_delete(exchange.into(), ExchangeDeleteOptions::default())).await;
        }
    }
}

pub(super) fn event() -> Event {
    pawnshop_messaging::contract::event(1)
}

pub(super) fn events(count: usize) -> Vec<Event> {
    (0..count).map(|_| event()).collect()
}

/// `future`'s result; a hanging one fails the test.
pub(super) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.expect("this takes too long")
}

/// Waits until something holds.
pub(super) async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    within(async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
