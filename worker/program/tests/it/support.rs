//! A worker process, the servers that it is to use, and what a dispatcher does to them.

use futures::stream::{self, StreamExt};
use pawnshop_domain::{EventId, FlowName, ShopName};
use pawnshop_events::{ContentHash, Event};
use pawnshop_items::flows::buy_actions;
use pawnshop_items::proto::v1::BuyAction;
use pawnshop_messaging::{Broker, RetrySchedule};
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};
use pawnshop_rpc::v1::dead_letters_client::DeadLettersClient;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use pawnshop_rpc::v1::{DeadLetter, GetOutcomeRequest, ListDeadLettersRequest, OutcomeKind};
use pawnshop_runtime::tls;
use pawnshop_servers::testing::Program;
pub(crate) use pawnshop_servers::testing::{Gate, eventually};
use pawnshop_servers::{Mongo, Rabbit};
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Command;
use tonic::transport::{Channel, Endpoint};

/// Where the real servers are, and a shop there that nobody else has.
pub(crate) struct Servers {
    pub(crate) broker: String,
    pub(crate) store: String,
    pub(crate) shop: ShopName,
}

impl Servers {
    /// `None`, and a note, on a machine without them.
    pub(crate) async fn find(test: &str) -> Option<Self> {
        tls::install_provider();
        let found = async { anyhow::Ok((Rabbit::shared().await?.uri(), Mongo::shared().await?.uri())) };
        match found.await {
            Ok((broker, store)) => {
                Some(Self { broker: broker.to_owned(), store: store.to_owned(), shop: fresh_shop() })
            }
            Err(error) => {
                pawnshop_servers::skip(test, &format!("{error:#}"));
                None
            }
        }
    }

    pub(crate) fn shop_setting(&self) -> String {
        format!("{}/{}", self.shop.namespace(), self.shop.name())
    }

    /// A worker of the stock program that uses these servers.
    pub(crate) async fn worker(&self, arguments: &[&str]) -> Worker {
        self.worker_of(env!("CARGO_BIN_EXE_pawnshop-worker").as_ref(), arguments).await
    }

    pub(crate) async fn worker_of(&self, program: &Path, arguments: &[&str]) -> Worker {
        let mut command = Command::new(program);
        command
            .env("BROKER_URI", &self.broker)
            .env("STORE_URI", &self.store)
            .env("PAWNSHOP_SHOP", self.shop_setting());
        Worker::start(command, arguments).await
    }

    /// The shop's queues, as a dispatcher has them.
    pub(crate) async fn dispatcher(&self, flow: FlowName) -> Dispatcher {
        let mut options = RabbitOptions::new(self.broker.clone().into(), self.shop.clone());
        options.schedule = RetrySchedule::default();
        let broker = RabbitBroker::start(options).unwrap();
        eventually("the queues are declared", async || {
            broker.declare(std::slice::from_ref(&flow)).await.is_ok()
        })
        .await;
        Dispatcher { broker, flow, shop: self.shop.clone() }
    }

    pub(crate) async fn buying(&self) -> Dispatcher {
        self.dispatcher(buy_actions::NAME).await
    }
}

fn fresh_shop() -> ShopName {
    let id = EventId::fresh().to_string();
    ShopName::new("test", &format!("w{}", &id[id.len() - 12..])).unwrap()
}

/// Publishes as a dispatcher does.
pub(crate) struct Dispatcher {
    pub(crate) broker: RabbitBroker,
    flow: FlowName,
    shop: ShopName,
}

impl Dispatcher {
    /// Has so many buy actions accepted.
    pub(crate) async fn buys(&self, count: usize) -> Vec<EventId> {
        let ids: Vec<EventId> = (0..count).map(|_| EventId::fresh()).collect();
        for ids in ids.chunks(500) {
            self.publish(ids.iter().map(|id| self.buy(*id)).collect()).await;
        }
        ids
    }

    pub(crate) async fn publish(&self, events: Vec<Event>) {
        self.broker.publisher().publish(&self.flow, events).await.unwrap();
    }

    fn buy(&self, id: EventId) -> Event {
        let action = BuyAction {
            client_id: "ada".to_owned(),
            item_id: "lamp".to_owned(),
            price: 100,
            date_us: 1_700_000_000_000_000,
        };
        Event::new(id, &self.shop, "lamp", ContentHash::from_text("v1:00"), &action)
    }
}

/// A running worker process; killed when dropped.
pub(crate) struct Worker {
    program: Program,
    pub(crate) reads: String,
    pub(crate) operations: String,
}

impl Worker {
    async fn start(command: Command, arguments: &[&str]) -> Self {
        let program = Program::start(command, arguments).await;
        Self { reads: program.address("reads"), operations: program.address("operations"), program }
    }

    pub(crate) fn log(&self) -> String {
        self.program.log()
    }

    pub(crate) fn channel(&self) -> Channel {
        Endpoint::from_shared(self.reads.clone()).unwrap().timeout(Duration::from_secs(5)).connect_lazy()
    }

    /// The status and the body that an operations path answers.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("{}{path}", self.operations)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(crate) async fn wait_ready(&self) {
        eventually("it is ready", async || self.get("/readyz").await.0 == 200).await;
    }

    /// What became of an event; `None` while nothing is known of it.
    pub(crate) async fn outcome(&self, channel: &Channel, id: EventId) -> Option<OutcomeKind> {
        let request = GetOutcomeRequest { event_id: id.to_string(), ..Default::default() };
        match OutcomesClient::new(channel.clone()).get_outcome(request).await {
            Ok(outcome) => Some(outcome.into_inner().kind()),
            Err(status) if status.code() == tonic::Code::NotFound => None,
            Err(status) => panic!("{status}\n{}", self.log()),
        }
    }

    /// How many of these events are applied; none may have ended otherwise.
    pub(crate) async fn applied(&self, ids: &[EventId]) -> usize {
        let channel = self.channel();
        let outcomes = stream::iter(ids).map(async |id| (id, self.outcome(&channel, *id).await));
        let applied = outcomes.buffer_unordered(32).map(|(id, outcome)| match outcome {
            Some(OutcomeKind::Applied) => 1,
            Some(other) => panic!("{id}: {other:?}\n{}", self.log()),
            None => 0,
        });
        applied.collect::<Vec<usize>>().await.into_iter().sum()
    }

    pub(crate) async fn wait_applied(&self, ids: &[EventId]) {
        // A few at a time: those that are applied stay so, and are not asked for again.
        for some in ids.chunks(200) {
            eventually("all are applied", async || self.applied(some).await == some.len()).await;
        }
    }

    /// A counter or gauge, all its labels summed.
    pub(crate) async fn metric(&self, name: &str, label: &str) -> f64 {
        let (_, text) = self.get("/metrics").await;
        let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }

    /// The dead letters there are.
    pub(crate) async fn letters(&self) -> Vec<DeadLetter> {
        let request = ListDeadLettersRequest { limit: 100, ..Default::default() };
        DeadLettersClient::new(self.channel()).list(request).await.unwrap().into_inner().letters
    }

    pub(crate) async fn signal(&self, signal: &str) {
        self.program.signal(signal).await;
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        self.program.ended().await
    }
}
