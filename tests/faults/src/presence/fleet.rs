//! A fleet with the presence service alone, and the objects' service that its workers ask.

use crate::memory::Pids;
use crate::process::Process;
use crate::programs::Programs;
use crate::queues;
use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use mongodb::bson::{Document, doc};
use pawnshop_domain::ShopName;
use pawnshop_servers::{Mongo, Rabbit, free_ports};
use serde_json::json;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;
use tempfile::TempDir;

const SHOP: &str = "faults/presence";
const DATABASE: &str = "faults-presence";
const FLOW: &str = "presence";

/// The most workers.
const WORKERS: usize = 5;

/// What the fleet is to be.
#[derive(Clone, Debug)]
pub struct Shape {
    /// How many workers.
    pub workers: usize,
    /// How many look-ups each has under way at most.
    pub concurrency: usize,
    /// How long the objects' service takes.
    pub latency: RangeInclusive<Duration>,
    /// The share of objects that are online; the others leave nothing in the store.
    pub online: f64,
}

/// All of it runs on loopback; an object that was seen counts as seen for a day.
pub struct Fleet {
    broker: Rabbit,
    store: Mongo,
    /// What the workers ask.
    pub objects: Process,
    /// The workers.
    pub workers: Vec<Process>,
    dispatcher: Process,
    objects_uri: String,
    shop: ShopName,
    _scratch: TempDir,
}

impl Fleet {
    /// Starts all of it; returns when it listens.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(programs: &Programs, pids: &Pids, shape: &Shape) -> Result<Self> {
        ensure!((1..=WORKERS).contains(&shape.workers), "1 to {WORKERS} workers");
        let (scratch, shop) = (tempfile::tempdir()?, ShopName::new("faults", "presence")?);
        let (broker, store) = tokio::try_join!(Rabbit::start(), Mongo::start())?;
        let ports: [u16; WORKERS + 2] = free_ports()?;
        let at = |port: u16| format!("127.0.0.1:{port}");
        let process = |name: &str, program, arguments: Vec<String>| {
            Process::new(name, program, arguments, scratch.path(), pids.clone())
        };
        let strings = |arguments: &[&str]| arguments.iter().map(|argument| (*argument).to_owned()).collect();

        let (listen, ends) = (at(ports[0]), [shape.latency.start(), shape.latency.end()]);
        let [shortest, longest] = ends.map(|end| format!("{}ms", end.as_millis()));
        let online = shape.online.to_string();
        let objects = strings(&[
            "--listen",
            &listen,
            "--online-share",
            &online,
            "--min-latency",
            &shortest,
            "--max-latency",
            &longest,
        ]);
        let mut objects = process("objects-service", programs.objects_service(), objects);
        let objects_uri = format!("http://{listen}");

        let common = ["--shop", SHOP, "--broker-uri", broker.uri(), "--operations-listen", "127.0.0.1:0"];
        let config = json!({
            "objectsUri": objects_uri, "concurrency": shape.concurrency, "seenForSeconds": 86_400,
        });
        let config = config.to_string();
        let reads: Vec<String> = ports[2..2 + shape.workers].iter().map(|port| at(*port)).collect();
        let worker = |(number, listen): (usize, &String)| {
            let own = [
                "--listen",
                listen,
                "--store-uri",
                store.uri(),
                "--store-database",
                DATABASE,
                "--flows",
                FLOW,
                "--pool-config",
                &config,
                "--serve-reads-after-stop",
                "1s",
            ];
            process(&format!("worker {number}"), programs.worker(), strings(&[&common[..], &own].concat()))
        };
        let mut workers: Vec<Process> = (1..).zip(&reads).map(worker).collect();
        let (listen, found) = (at(ports[1]), format!("static:{}", reads.join(",")));
        let own = ["--listen", &listen, "--workers", &found, "--flows", FLOW];
        let mut dispatcher =
            process("dispatcher", programs.dispatcher(), strings(&[&common[..], &own].concat()));

        objects.start().await?;
        objects.told("objects").await?;
        for worker in &mut workers {
            worker.start().await?;
            worker.told("reads").await?;
        }
        dispatcher.start().await?;
        dispatcher.told("API").await?;
        Ok(Self { broker, store, objects, workers, dispatcher, objects_uri, shop, _scratch: scratch })
    }

    /// The API.
    ///
    /// # Errors
    /// When the dispatcher has not said where it is.
    pub fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.dispatcher.address("API").context("where is the API?")?))
    }

    /// The objects' service.
    pub fn objects_uri(&self) -> &str {
        &self.objects_uri
    }

    /// Messages in its queues and tiers.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn queued(&self) -> Result<u64> {
        queues::queued(&self.broker, &self.shop).await
    }

    /// Waits until nothing is queued.
    ///
    /// # Errors
    /// When it takes too long.
    pub async fn drained(&self) -> Result<()> {
        queues::drained(&self.broker, &self.shop).await
    }

    /// The objects that were seen, as the store has them: past the shop, whose lists a store made for tests answers by
    /// reading all of a collection, page after page.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn seen(&self) -> Result<BTreeSet<u64>> {
        let objects = self.store.client().await?.database(DATABASE).collection::<Document>("presence");
        let mut found = objects.find(doc! {}).projection(doc! {"_id": 1}).await?;
        let mut seen = BTreeSet::new();
        while let Some(object) = found.try_next().await? {
            seen.insert(object.get_str("_id")?.parse()?);
        }
        Ok(seen)
    }

    /// Rejections and dead letters.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn unhappy_outcomes(&self) -> Result<u64> {
        let outcomes = self.store.client().await?.database(DATABASE).collection::<Document>("outcomes");
        Ok(outcomes.count_documents(doc! {}).await?)
    }

    /// Attempts that were counted, as the workers tell it.
    ///
    /// # Errors
    /// When a worker does not answer.
    pub async fn retried(&mut self) -> Result<u64> {
        let mut sum = 0;
        for worker in &mut self.workers {
            let metrics = format!("http://{}/metrics", worker.told("operations").await?);
            let metrics = reqwest::get(metrics).await?.error_for_status()?.text().await?;
            let retried = metrics.lines().filter(|line| {
                line.starts_with("pawnshop_worker_settled_total{") && line.contains("outcome=\"retried\"")
            });
            sum += retried.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum::<u64>();
        }
        Ok(sum)
    }

    /// Processes that ended by themselves, and panics in logs.
    pub fn crashes(&mut self) -> Vec<String> {
        let all = self.workers.iter_mut().chain([&mut self.dispatcher, &mut self.objects]);
        all.flat_map(Process::crashes).collect()
    }

    /// Ends the processes; the servers end with this.
    pub async fn end(mut self) {
        for process in self.workers.iter_mut().chain([&mut self.dispatcher, &mut self.objects]) {
            // What does not run need not be ended.
            let _ = process.kill().await;
        }
    }
}
