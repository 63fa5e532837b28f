//! The fleet's programs over TLS alone: to the broker with a certificate of their own, to its management API, and to the
//! store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_faults::Programs;
use pawnshop_faults::process::Process;
use pawnshop_servers::testing::{answer, eventually};
use pawnshop_servers::{Certificates, Mongo, Rabbit};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// Servers that speak TLS, and what their clients need.
struct World {
    files: Certificates,
    rabbit: Rabbit,
    mongo: Mongo,
    programs: Programs,
    scratch: TempDir,
    http: Client,
}

impl World {
    async fn find(test: &str) -> Option<Self> {
        let checks = [Rabbit::installed(), Mongo::installed(), Certificates::available()];
        if let Some(why) = checks.into_iter().find_map(Result::err) {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        pawnshop_runtime::tls::install_provider();
        let files = Certificates::make().unwrap();
        Some(Self {
            rabbit: Rabbit::start_with_tls(&files).await.unwrap(),
            mongo: Mongo::start_with_tls(&files).await.unwrap(),
            files,
            programs: Programs::of(Path::new(env!("CARGO_BIN_EXE_pawnshop-soak"))).unwrap(),
            scratch: tempfile::tempdir().unwrap(),
            http: Client::new(),
        })
    }

    async fn dispatcher(&self, name: &str, trusted: &Certificates, workers: &str) -> Process {
        let mut arguments = self.to_the_broker(trusted);
        arguments
            .extend(["--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--workers"].map(str::to_owned));
        arguments.push(format!("static:{workers}"));
        self.start(name, self.programs.dispatcher(), arguments).await
    }

    async fn worker(&self, name: &str, trusted: &Certificates) -> Process {
        let mut arguments = self.to_the_broker(trusted);
        arguments.push("--listen=127.0.0.1:0".to_owned());
        arguments.push(format!("--store-uri={}", self.mongo.uri()));
        arguments.push(format!("--store-ca-file={}", trusted.ca().display()));
        self.start(name, self.programs.worker(), arguments).await
    }

    fn to_the_broker(&self, trusted: &Certificates) -> Vec<String> {
        vec![
            "--shop=test/tls".to_owned(),
            "--operations-listen=127.0.0.1:0".to_owned(),
            format!("--broker-uri={}", self.rabbit.tls_uri().unwrap()),
            format!("--broker-management-uri={}", self.rabbit.tls_management_uri().unwrap()),
            format!("--broker-ca-file={}", trusted.ca().display()),
            format!("--broker-certificate-file={}", self.files.client_certificate().display()),
            format!("--broker-key-file={}", self.files.client_key().display()),
        ]
    }

    async fn start(&self, name: &str, program: std::path::PathBuf, arguments: Vec<String>) -> Process {
        let mut process = Process::new(name, program, arguments, self.scratch.path(), Default::default());
        process.start().await.unwrap();
        process.told("operations").await.unwrap();
        process
    }

    /// What `/readyz` lists: each dependency's state, and the reason.
    async fn readiness(&self, process: &Process) -> Value {
        let probes = process.address("operations").expect("told by now");
        let ready = self.http.get(format!("http://{probes}/readyz")).send().await.unwrap();
        ready.json().await.unwrap()
    }

    /// Waits until `/readyz` gives a reason with these words for the queue, and looks for them in the log.
    async fn told(&self, process: &Process, words: &str) {
        eventually(words, async || {
            let told = self.readiness(process).await;
            let all = told["dependencies"].as_array().unwrap();
            let queue = all.iter().find(|one| one["name"] == "queue").unwrap();
            queue["reason"].as_str().is_some_and(|reason| reason.contains(words))
        })
        .await;
        self.logged(process, words).await;
    }

    async fn logged(&self, process: &Process, words: &str) {
        eventually(words, async || process.last_words().contains(words)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_accepted_applied_and_read_over_tls_alone() {
    let Some(world) = World::find("a_write_is_accepted_applied_and_read_over_tls_alone").await else {
        return;
    };
    let mut worker = world.worker("worker", &world.files).await;
    let mut dispatcher =
        world.dispatcher("dispatcher", &world.files, &worker.told("reads").await.unwrap()).await;
    for process in [&worker, &dispatcher] {
        eventually("it has all that it needs", async || world.readiness(process).await["status"] == "ready")
            .await;
    }
    let url = format!("http://{}", dispatcher.told("API").await.unwrap());
    let item = json!({"id": "lamp", "name": "Lamp", "category": "Motor", "price": 1, "state": "Good",
        "ageInMonths": 1});
    let post = world.http.post(format!("{url}/item/add")).json(&item).header("prefer", "wait=20");
    let (status, body) = answer(post).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let (status, body) = answer(world.http.get(format!("{url}/item/fetch/lamp"))).await;
    assert_eq!((status, &body["item"]["name"]), (StatusCode::OK, &json!("Lamp")), "{body}");
    assert!(dispatcher.terminate().await.unwrap() && worker.terminate().await.unwrap());

    // The same programs that trust somebody else start, answer, and say whom they do not trust.
    let stranger = Certificates::make().unwrap();
    let worker = world.worker("wary-worker", &stranger).await;
    world.logged(&worker, "UnknownIssuer").await;
    world.told(&worker, "no authority that is trusted").await;
    let dispatcher = world.dispatcher("wary-dispatcher", &stranger, "127.0.0.1:9").await;
    world.told(&dispatcher, "no authority that is trusted").await;
}
