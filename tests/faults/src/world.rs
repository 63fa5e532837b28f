//! Servers, the proxies before them, and the fleet behind the proxies: all of it on loopback and of this run alone.

use crate::faults::Link;
use crate::kind::Kind;
use crate::memory::Pids;
use crate::process::Process;
use crate::programs::Programs;
use crate::queues;
use anyhow::{Context, Result};
use pawnshop_domain::ShopName;
use pawnshop_servers::{Mongo, Proxy, Rabbit, Toxiproxy, free_ports};
use std::path::Path;
use tempfile::TempDir;

const WORKERS: usize = 2;

/// The retry tiers: long enough, all together, for what a fault lets fail to come back and be applied; short enough
/// for a run to see the end of them.
const RETRY_DELAYS: &str = "500ms,2s,5s,10s";

/// Everything that runs.
pub struct World {
    /// RabbitMQ.
    pub broker: Rabbit,
    /// The MongoDB-wire server.
    pub store: Mongo,
    /// The HTTP edge.
    pub dispatcher: Process,
    /// The workers.
    pub workers: Vec<Process>,
    shop: ShopName,
    database: String,
    broker_uri: String,
    store_uri: String,
    broker_link: Proxy,
    store_link: Proxy,
    _toxiproxy: Toxiproxy,
    scratch: TempDir,
}

impl World {
    /// Starts all of it; returns when it listens.
    pub async fn start(programs: &Programs, pids: Pids) -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let (broker, store) = tokio::try_join!(Rabbit::start(), Mongo::start())?;
        let toxiproxy = Toxiproxy::start().await?;
        let (broker_uri, store_uri) = (broker.uri().to_owned(), store.uri().to_owned());
        let broker_link = toxiproxy.proxy("broker", &broker_uri).await?;
        let store_link = toxiproxy.proxy("store", &store_uri).await?;
        let (shop, database) = (ShopName::new("faults", "fleet")?, "faults-fleet".to_owned());

        let ports: [u16; WORKERS + 1] = free_ports()?;
        let (broker_through, store_through) = (broker_link.uri(&broker_uri), store_link.uri(&store_uri));
        let common = |more: &[&str]| -> Vec<String> {
            let common = [
                "--shop",
                "faults/fleet",
                "--broker-uri",
                &broker_through,
                "--operations-listen",
                "127.0.0.1:0",
            ];
            common.iter().chain(more).map(|argument| (*argument).to_owned()).collect()
        };
        let mut workers = Vec::new();
        for (number, port) in (1..).zip(&ports[1..]) {
            let listen = format!("127.0.0.1:{port}");
            let arguments = common(&[
                "--listen",
                &listen,
                "--store-uri",
                &store_through,
                "--store-database",
                &database,
                "--retry-delays",
                RETRY_DELAYS,
                "--serve-reads-after-stop",
                "1s",
            ]);
            let name = format!("worker {number}");
            workers.push(Process::new(&name, programs.worker(), arguments, scratch.path(), pids.clone()));
        }
        let at: Vec<String> = ports[1..].iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let (listen, at) = (format!("127.0.0.1:{}", ports[0]), format!("static:{}", at.join(",")));
        let arguments = common(&["--listen", &listen, "--workers", &at, "--retry-delays", RETRY_DELAYS]);
        let mut dispatcher =
            Process::new("dispatcher", programs.dispatcher(), arguments, scratch.path(), pids.clone());
        for worker in &mut workers {
            worker.start().await?;
            worker.told("reads").await?;
        }
        dispatcher.start().await?;
        dispatcher.told("API").await?;
        Ok(Self {
            broker,
            store,
            dispatcher,
            workers,
            shop,
            database,
            broker_uri,
            store_uri,
            broker_link,
            store_link,
            _toxiproxy: toxiproxy,
            scratch,
        })
    }

    /// The API, where it is for good.
    pub async fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.dispatcher.address("API").context("where is the API?")?))
    }

    /// The shop.
    pub fn shop(&self) -> &ShopName {
        &self.shop
    }

    /// Its database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The broker itself, not through the proxy.
    pub fn broker_uri(&self) -> &str {
        &self.broker_uri
    }

    /// The store itself, not through the proxy.
    pub fn store_uri(&self) -> &str {
        &self.store_uri
    }

    /// What stands between the fleet and a server.
    pub fn proxy(&self, link: Link) -> &Proxy {
        match link {
            Link::Broker => &self.broker_link,
            Link::Store => &self.store_link,
        }
    }

    /// A folder of this run.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// The name of a flow's queue.
    pub fn queue(&self, kind: Kind) -> String {
        format!("{}.{}", self.shop, kind.flow())
    }

    /// The name of the queue of a flow's bodies that no document can hold.
    pub fn oversized_queue(&self, kind: Kind) -> String {
        format!("{}.oversized", self.queue(kind))
    }

    /// SIGSTOP to every worker.
    pub fn freeze_workers(&mut self) -> Result<()> {
        self.workers.iter_mut().try_for_each(Process::pause)
    }

    /// SIGCONT to every worker.
    pub fn thaw_workers(&mut self) -> Result<()> {
        self.workers.iter_mut().try_for_each(Process::resume)
    }

    /// An administrator's command.
    pub async fn rabbitmqctl(&self, arguments: &[&str]) -> Result<String> {
        self.broker.rabbitmqctl(arguments).await
    }

    /// Messages in the shop's queues and tiers, those that wait for a person apart.
    pub async fn queued(&self) -> Result<u64> {
        queues::queued(&self.broker, &self.shop).await
    }

    /// Waits until nothing is queued.
    pub async fn drained(&self) -> Result<()> {
        queues::drained(&self.broker, &self.shop).await
    }

    /// Waits until fewer messages than this are queued.
    pub async fn drained_below(&self, few: u64) -> Result<()> {
        queues::drained_below(&self.broker, &self.shop, few).await
    }

    /// Processes that ended by themselves, and panics in logs.
    pub fn crashes(&mut self) -> Vec<String> {
        self.workers.iter_mut().chain([&mut self.dispatcher]).flat_map(Process::crashes).collect()
    }

    /// Leaves the folder with the logs behind; where it is.
    pub fn keep_logs(&mut self) -> &Path {
        self.scratch.disable_cleanup(true);
        self.scratch.path()
    }

    /// The ends of all logs.
    pub fn last_words(&self) -> String {
        let all = self.workers.iter().chain([&self.dispatcher]);
        all.map(Process::last_words).collect::<Vec<_>>().join("\n---\n")
    }

    /// Ends the fleet; the servers end with this.
    pub async fn end(mut self) {
        for process in self.workers.iter_mut().chain([&mut self.dispatcher]) {
            // What does not run need not be ended.
            let _ = process.kill().await;
        }
    }
}
