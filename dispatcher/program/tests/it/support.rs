//! A dispatcher process, and the broker that it is to use.

use lapin::options::{BasicGetOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Connection, ConnectionProperties};
use pawnshop_runtime::tls;
use pawnshop_servers::Rabbit;
use pawnshop_servers::testing::Program;
pub(crate) use pawnshop_servers::testing::{Gate, eventually};
use serde_json::Value;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

pub(crate) const ITEM: &str =
    r#"{"id":"lamp-1","name":"Lamp","category":"Motor","price":1,"state":"Good","ageInMonths":1}"#;

const FLOWS: [&str; 4] = ["item", "buy-actions", "sell-actions", "pawn-actions"];

/// A broker, and a shop there that nobody else has.
pub(crate) struct Shop {
    pub(crate) broker: String,
    name: String,
}

impl Shop {
    /// `None`, and a note, on a machine that can have no broker.
    pub(crate) async fn find(test: &str) -> Option<Self> {
        tls::install_provider();
        if let Err(why) = Rabbit::available() {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        let broker = Rabbit::shared().await.unwrap().uri().to_owned();
        let id = uuid::Uuid::now_v7().simple().to_string();
        Some(Self { broker, name: format!("d{}", &id[id.len() - 12..]) })
    }

    pub(crate) async fn dispatcher(&self, arguments: &[&str]) -> Dispatcher {
        self.dispatcher_at(&self.broker, arguments).await
    }

    /// One that reaches the broker by this URI.
    pub(crate) async fn dispatcher_at(&self, broker: &str, arguments: &[&str]) -> Dispatcher {
        let mut command = program();
        command.env("BROKER_URI", broker).env("PAWNSHOP_SHOP", format!("test/{}", self.name));
        Dispatcher::start(command, arguments).await
    }

    /// The messages that are ready in a flow's queue, which must be there.
    pub(crate) async fn messages(&self, flow: &str) -> u32 {
        let connection = self.connected().await;
        let channel = connection.create_channel().await.unwrap();
        let options = QueueDeclareOptions { passive: true, ..Default::default() };
        let queue = format!("test.{}.{flow}", self.name);
        let queue = channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
        queue.message_count()
    }

    /// Takes every message out of a flow's queue: how many events they hold, by their headers.
    pub(crate) async fn take_events(&self, flow: &str) -> u32 {
        let connection = self.connected().await;
        let channel = connection.create_channel().await.unwrap();
        let mut events = 0;
        let take = || {
            let queue = format!("test.{}.{flow}", self.name);
            channel.basic_get(queue.into(), BasicGetOptions { no_ack: true })
        };
        while let Some(message) = take().await.unwrap() {
            let headers = message.properties.headers().clone().unwrap();
            let Some(AMQPValue::LongInt(count)) = headers.inner().get("events") else {
                panic!("{headers:?}")
            };
            events += u32::try_from(*count).unwrap();
        }
        events
    }

    /// Leaves no queue behind. Those of the delay tiers go by their default delays.
    pub(crate) async fn close(self) {
        let connection = self.connected().await;
        let channel = connection.create_channel().await.unwrap();
        let of_flow = |flow: &str| ["", ".dead", ".oversized"].map(|kind| format!("{flow}{kind}"));
        let tiers = ["1000", "10000", "60000", "600000"].map(|millis| format!("delay.{millis}ms"));
        for queue in FLOWS.into_iter().flat_map(of_flow).chain(tiers) {
            let queue = format!("test.{}.{queue}", self.name);
            channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
        }
    }

    async fn connected(&self) -> Connection {
        Connection::connect(&self.broker, ConnectionProperties::default()).await.unwrap()
    }
}

/// The program with none of the settings that the tests' own environment may have.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pawnshop-dispatcher"));
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What the program says when it is to end by itself.
pub(crate) async fn run(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = program();
    command.envs(variables.iter().copied()).args(arguments);
    timeout(Duration::from_secs(20), command.output()).await.expect("it goes on").unwrap()
}

/// A running dispatcher process; killed when dropped.
pub(crate) struct Dispatcher {
    program: Program,
    pub(crate) api: String,
    pub(crate) admin: String,
    pub(crate) operations: String,
}

impl Dispatcher {
    async fn start(command: Command, arguments: &[&str]) -> Self {
        let no_workers =
            if arguments.contains(&"--workers") { &[][..] } else { &["--workers", "static:127.0.0.1:9"] };
        let program = Program::start(command, &[arguments, no_workers].concat()).await;
        let [api, admin, operations] = ["API", "admin", "operations"].map(|name| program.address(name));
        Self { program, api, admin, operations }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(reqwest::get(format!("{}{path}", self.api)).await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        let request = reqwest::Client::new().post(format!("{}{path}", self.api));
        let request = request.header("content-type", "application/json").body(body.to_owned());
        Answer::of(request.send().await.unwrap()).await
    }

    /// `/readyz` of the operations listener.
    pub(crate) async fn ready(&self) -> Answer {
        Answer::of(reqwest::get(format!("{}/readyz", self.operations)).await.unwrap()).await
    }

    pub(crate) async fn signal(&self, signal: &str) {
        self.program.signal(signal).await;
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        self.program.ended().await
    }
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let retry_after =
            response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        Self { status: response.status().as_u16(), retry_after, body: response.text().await.unwrap() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// What `/readyz` says of a dependency.
    pub(crate) fn dependency(&self, name: &str) -> Value {
        let dependencies = self.json()["dependencies"].clone();
        let found = dependencies.as_array().unwrap().iter().find(|found| found["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not in {dependencies}")).clone()
    }
}
