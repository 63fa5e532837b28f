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
use pawnshop_servers::{Mongo, Rabbit};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
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
    child: Child,
    pub(crate) reads: String,
    pub(crate) operations: String,
    log: Arc<Mutex<String>>,
}

impl Worker {
    async fn start(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (out, log) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
        let address = |name: &str| {
            let lines = out.lock().unwrap();
            lines.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).map(str::to_owned)
        };
        eventually("it says where it listens", async || {
            assert!(child.try_wait().unwrap().is_none(), "it ended:\n{}", log.lock().unwrap());
            address("operations").is_some()
        })
        .await;
        Self { reads: address("reads").unwrap(), operations: address("operations").unwrap(), child, log }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
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
        // The last first: where it is missing, nobody needs to ask for all.
        let last = &ids[ids.len().saturating_sub(1)..];
        eventually("all are applied", async || {
            self.applied(last).await == last.len() && self.applied(ids).await == ids.len()
        })
        .await;
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
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(Duration::from_secs(40), self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("it does not end:\n{}", self.log.lock().unwrap())).unwrap()
    }
}

fn collect(stream: impl AsyncRead + Unpin + Send + 'static) -> Arc<Mutex<String>> {
    let collected = Arc::<Mutex<String>>::default();
    let lines = Arc::clone(&collected);
    tokio::spawn(async move {
        let mut stream = BufReader::new(stream).lines();
        while let Ok(Some(line)) = stream.next_line().await {
            let mut lines = lines.lock().unwrap();
            lines.push_str(&line);
            lines.push('\n');
        }
    });
    collected
}

/// An address that is nobody's yet, and becomes the way to a server.
pub(crate) struct Later {
    pub(crate) uri: String,
    address: SocketAddr,
    target: String,
}

impl Later {
    /// The same URI at a port where nobody listens.
    pub(crate) async fn of(uri: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (scheme, rest) = uri.split_once("://").unwrap();
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, target) = match authority.rsplit_once('@') {
            Some((user, target)) => (format!("{user}@"), target),
            None => (String::new(), authority),
        };
        Self { uri: format!("{scheme}://{user}{address}{tail}"), address, target: target.to_owned() }
    }

    /// Lets connections through from now on.
    pub(crate) async fn open(self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let target = self.target.clone();
                tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(target).await {
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
    }
}

/// Waits for a condition, for at most 60 s.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap_or_else(|_| panic!("never: {what}"));
}
