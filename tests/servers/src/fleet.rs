//! A whole fleet on this machine: RabbitMQ and a MongoDB-wire server, unless you name yours, one
//! `pawnshop-dispatcher`, and `pawnshop-worker`s.

mod member;
mod run;

pub use member::Member;
pub use run::{Arguments, run};

use crate::{Mongo, Rabbit, ports};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinSet;

/// Longer than the programs' own `--drain-deadline` and `--serve-reads-after-stop`.
const DRAIN: Duration = Duration::from_secs(45);

/// What a fleet is to be.
#[derive(Clone, Debug)]
pub struct FleetOptions {
    /// The folder with the programs `pawnshop-dispatcher` and `pawnshop-worker`.
    pub programs: PathBuf,
    /// Where servers keep their data, and all their logs; kept between runs.
    pub data: PathBuf,
    /// Where the API listens: `127.0.0.1:8080`; port 0 takes a free one at each start.
    pub listen: String,
    /// How many workers.
    pub workers: u16,
    /// Flags for every program beside those for addresses and servers, e.g. `--retry-delays=1s,2s`.
    pub more: Vec<String>,
}

/// A running fleet. All of it ends with this value; [`Fleet::stop`] ends it in good order.
#[derive(Debug)]
pub struct Fleet {
    // In the order of dropping: whoever uses a server goes before it.
    dispatcher: Member,
    workers: Vec<Member>,
    /// The broker.
    pub broker: Rabbit,
    /// The store.
    pub store: Mongo,
}

impl Fleet {
    /// Starts servers, workers and dispatcher; returns when all are ready.
    ///
    /// # Errors
    /// What did not become ready, with the end of its log.
    pub async fn start(options: &FleetOptions) -> Result<Self> {
        let data = &options.data;
        std::fs::create_dir_all(data).with_context(|| format!("make {}", data.display()))?;
        let (broker, store) = tokio::try_join!(broker(data), store(data))?;
        let servers = servers(&broker, &store);

        let mut addresses = Vec::new();
        let mut workers = Vec::new();
        for number in 1..=options.workers {
            let [port] = ports::free()?;
            let listen = format!("127.0.0.1:{port}");
            let mut worker =
                Member::new(&format!("worker-{number}"), options.programs.join("pawnshop-worker"), data);
            worker.environment(&servers).flag("listen", &listen).flag("operations-listen", "127.0.0.1:0");
            worker.flags(&options.more);
            addresses.push(listen);
            workers.push(worker);
        }
        let mut dispatcher = Member::new("dispatcher", options.programs.join("pawnshop-dispatcher"), data);
        dispatcher
            .environment(&servers)
            .flag("listen", &options.listen)
            .flag("operations-listen", "127.0.0.1:0");
        dispatcher.flag("workers", &format!("static:{}", addresses.join(","))).flags(&options.more);

        let mut fleet = Self { dispatcher, workers, broker, store };
        for member in fleet.members() {
            member.start()?;
        }
        for member in fleet.members() {
            member.ready().await?;
        }
        Ok(fleet)
    }

    /// The API's URL.
    ///
    /// # Errors
    /// When the dispatcher does not run.
    pub fn api(&self) -> Result<String> {
        self.dispatcher.url("API")
    }

    /// The URL of the administration of dead letters.
    ///
    /// # Errors
    /// When the dispatcher does not run.
    pub fn admin(&self) -> Result<String> {
        self.dispatcher.url("admin")
    }

    /// The dispatcher, to hurt and to heal it.
    pub fn dispatcher(&mut self) -> &mut Member {
        &mut self.dispatcher
    }

    /// A worker by its number from 0, to hurt and to heal it.
    pub fn worker(&mut self, index: usize) -> Option<&mut Member> {
        self.workers.get_mut(index)
    }

    /// Starts the programs again that were killed, as whoever runs them elsewhere would. Their names.
    ///
    /// # Errors
    /// When anything ended by itself: how, and the end of its log.
    pub fn tend(&mut self) -> Result<Vec<String>> {
        let mut started = Vec::new();
        for member in self.members() {
            if member.was_killed() {
                member.start()?;
                started.push(member.name().to_owned());
            }
            member.check()?;
        }
        self.broker.check()?;
        self.store.check()?;
        Ok(started)
    }

    /// Ends it in good order: the dispatcher, then the workers, which drain, then the servers.
    ///
    /// # Errors
    /// What had to be killed.
    pub async fn stop(self) -> Result<()> {
        let Self { mut dispatcher, workers, mut broker, mut store } = self;
        let mut result = dispatcher.stop(DRAIN).await;
        let mut draining = JoinSet::new();
        for mut worker in workers {
            draining.spawn(async move { worker.stop(DRAIN).await });
        }
        for drained in draining.join_all().await {
            result = result.and(drained);
        }
        if Rabbit::given().is_none() {
            result = result.and(broker.stop().await);
        }
        if Mongo::given().is_none() {
            result = result.and(store.stop().await);
        }
        result
    }

    fn members(&mut self) -> impl Iterator<Item = &mut Member> {
        self.workers.iter_mut().chain([&mut self.dispatcher])
    }
}

async fn broker(data: &Path) -> Result<Rabbit> {
    match Rabbit::given() {
        Some(given) => Ok(given),
        None => Rabbit::start_in(&data.join("rabbitmq")).await,
    }
}

async fn store(data: &Path) -> Result<Mongo> {
    match Mongo::given() {
        Some(given) => Ok(given),
        None => Mongo::start_in(&data.join("mongodb")).await,
    }
}

/// By the environment, for the flags of a process can be read by others on the machine.
fn servers(broker: &Rabbit, store: &Mongo) -> Vec<(String, OsString)> {
    let named = [
        ("BROKER_URI", Some(broker.uri())),
        ("BROKER_MANAGEMENT_URI", broker.management_uri()),
        ("STORE_URI", Some(store.uri())),
    ];
    named.into_iter().filter_map(|(name, uri)| Some((name.to_owned(), uri?.into()))).collect()
}
