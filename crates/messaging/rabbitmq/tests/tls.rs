//! TLS against a real RabbitMQ that wants its clients to have a certificate: what works, and what is told when
//! something is wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use pawnshop_domain::ShopName;
use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{Broker, BrokerError, Settlement};
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions, Tls};
use pawnshop_scaling::Backlog;
use pawnshop_servers::{Certificates, Rabbit};
use support::{all, eventually, receive, within};
use tokio::sync::OnceCell;

/// The broker of these tests, with what it and its clients trust.
struct World {
    rabbit: Rabbit,
    files: Certificates,
}

static WORLD: OnceCell<World> = OnceCell::const_new();

impl World {
    /// `None`, and a note, where it cannot be had.
    async fn find(test: &str) -> Option<&'static Self> {
        if let Err(why) = Rabbit::installed().and_then(|()| Certificates::available()) {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        pawnshop_runtime::tls::install_provider();
        let start = || async {
            let files = Certificates::make().unwrap();
            World { rabbit: Rabbit::start_with_tls(&files).await.unwrap(), files }
        };
        Some(WORLD.get_or_init(start).await)
    }

    fn uri(&self) -> String {
        self.rabbit.tls_uri().unwrap()
    }

    /// All that a client needs.
    fn tls(&self) -> Tls {
        Tls {
            ca_file: Some(self.files.ca().to_owned()),
            certificate_file: Some(self.files.client_certificate().to_owned()),
            key_file: Some(self.files.client_key().to_owned()),
        }
    }
}

fn options(uri: &str, tls: Tls) -> RabbitOptions {
    let shop = ShopName::new("test", &format!("t{:016x}", rand::random::<u64>())).unwrap();
    let mut options = RabbitOptions::new(uri.into(), shop);
    options.tls = tls;
    options
}

/// Why a broker that is reached so cannot be used.
async fn refused(uri: &str, tls: Tls) -> String {
    let broker = RabbitBroker::start(options(uri, tls)).unwrap();
    let mut why = String::new();
    eventually("it is told", async || {
        let Err(BrokerError::Unavailable(told)) = broker.ping().await else { panic!("it is there") };
        why = told;
        why.contains("cannot connect")
    })
    .await;
    broker.close().await;
    why
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_and_figures_travel_over_tls_with_a_certificate_on_both_sides() {
    let Some(world) = World::find("events_and_figures_travel_over_tls").await else { return };
    let mut options = options(&world.uri(), world.tls());
    options.management_uri = world.rabbit.tls_management_uri().map(Into::into);
    let broker = RabbitBroker::start(options).unwrap();
    eventually("the queues are declared", async || broker.declare(&[flow("a")]).await.is_ok()).await;
    within(broker.publisher().publish(&flow("a"), vec![event(1), event(2)])).await.unwrap();
    eventually("the management API tells of both", async || {
        broker.backlog(&flow("a")).await == Backlog::Known(2)
    })
    .await;
    let consumer = within(broker.consume(&[flow("a")])).await.unwrap();
    let received = receive(&*consumer, 2).await;
    within(consumer.settle(all(&received, Settlement::Done))).await.unwrap();
    broker.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_no_trusted_authority_signed_is_told() {
    let Some(world) = World::find("a_certificate_that_no_trusted_authority_signed_is_told").await else {
        return;
    };
    let stranger = Certificates::make().unwrap();
    let told = refused(&world.uri(), Tls { ca_file: Some(stranger.ca().to_owned()), ..world.tls() }).await;
    assert!(told.contains("no authority that is trusted"), "{told}");
    // By its management API as well, where figures are Unknown and never zero.
    let mut options =
        options(world.rabbit.uri(), Tls { ca_file: Some(stranger.ca().to_owned()), ..world.tls() });
    options.management_uri = world.rabbit.tls_management_uri().map(Into::into);
    let broker = RabbitBroker::start(options).unwrap();
    eventually("the queues are declared", async || broker.declare(&[flow("a")]).await.is_ok()).await;
    let Backlog::Unknown(told) = broker.backlog(&flow("a")).await else { panic!("it is known") };
    assert!(told.contains("management API") && told.contains("UnknownIssuer"), "{told}");
    broker.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_a_certificate_or_with_a_stranger_s_is_told_that_the_broker_wants_another() {
    let Some(world) = World::find("a_client_without_a_certificate").await else { return };
    let without = Tls { ca_file: world.tls().ca_file, ..Tls::default() };
    let told = refused(&world.uri(), without).await;
    assert!(told.contains("a certificate of its clients"), "{told}");
    let stranger = Certificates::make().unwrap();
    let foreign = Tls {
        ca_file: world.tls().ca_file,
        certificate_file: Some(stranger.client_certificate().to_owned()),
        key_file: Some(stranger.client_key().to_owned()),
    };
    let told = refused(&world.uri(), foreign).await;
    assert!(told.contains("this client's certificate"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_the_broker_s_certificate_does_not_have_is_told() {
    let Some(world) = World::find("a_name_that_the_broker_s_certificate_does_not_have_is_told").await else {
        return;
    };
    let told = refused(&world.uri().replace("127.0.0.1", "127.0.0.2"), world.tls()).await;
    assert!(told.contains("127.0.0.2") && told.contains("another name"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amqp_to_a_port_for_tls_and_amqps_to_one_without_are_told_apart() {
    let Some(world) = World::find("amqp_to_a_port_for_tls_and_amqps_to_one_without").await else { return };
    let told = refused(&world.uri().replace("amqps://", "amqp://"), Tls::default()).await;
    assert!(told.contains("amqps://"), "{told}");
    let told = refused(&world.rabbit.uri().replace("amqp://", "amqps://"), world.tls()).await;
    assert!(told.contains("does not speak TLS"), "{told}");
}
