//! What the embedded shop's harness offers, with a fleet behind it: a dispatcher and a worker as processes, on servers
//! that all tests share. A data folder stands for a shop: the same folder is the same shop again.

use pawnshop_faults::Programs;
use pawnshop_faults::process::Process;
pub(crate) use pawnshop_servers::testing::{answer, eventually_within as eventually};
use pawnshop_servers::{Mongo, Rabbit};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// A running fleet; killed when dropped.
pub(crate) struct Shop {
    dispatcher: Process,
    worker: Process,
    pub(crate) url: String,
    pub(crate) admin: String,
    pub(crate) http: Client,
}

impl Shop {
    /// A fleet for the shop of `data`, with more arguments for `pawnshop up`: `--paused` is a worker of
    /// the items alone,
    /// `-f` names a resource whose pools' flows the worker and the dispatcher serve.
    pub(crate) async fn up(data: &Path, arguments: &[&str]) -> Self {
        pawnshop_runtime::tls::install_provider();
        let (rabbit, mongo) = (Rabbit::shared().await.unwrap(), Mongo::shared().await.unwrap());
        let programs = Programs::of(Path::new(env!("CARGO_BIN_EXE_pawnshop-soak"))).unwrap();
        std::fs::create_dir_all(data).unwrap();
        let name = data.iter().filter_map(|part| part.to_str()).collect::<String>();
        let name: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let shop = format!("conformance/s{}", &name[name.len().saturating_sub(12)..]);
        let mut common =
            strings(&["--shop", &shop, "--broker-uri", rabbit.uri(), "--operations-listen", "127.0.0.1:0"]);
        if let Some(uri) = rabbit.management_uri() {
            common.extend(strings(&["--broker-management-uri", uri]));
        }
        if let ["-f", resource] = arguments {
            common.extend(strings(&["--flows", &flows(resource)]));
        }
        let pids = Default::default();
        let process = |name, program, more: &[&str]| {
            let arguments = [common.clone(), strings(more)].concat();
            Process::new(name, program, arguments, data, Clone::clone(&pids))
        };
        let [port] = pawnshop_servers::free_ports().unwrap();
        let listen = format!("127.0.0.1:{port}");
        let mut more =
            vec!["--listen", &listen, "--store-uri", mongo.uri(), "--serve-reads-after-stop", "0s"];
        if arguments == ["--paused"] {
            more.extend(["--flows", "item"]);
        }
        let mut worker = process("worker", programs.worker(), &more);
        worker.start().await.unwrap();
        worker.told("reads").await.unwrap();
        let workers = format!("static:{listen}");
        let more = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--workers", &workers];
        let mut dispatcher = process("dispatcher", programs.dispatcher(), &more);
        dispatcher.start().await.unwrap();
        let url = format!("http://{}", dispatcher.told("API").await.unwrap());
        let admin = format!("http://{}", dispatcher.told("admin").await.unwrap());
        let shop = Self { dispatcher, worker, url, admin, http: Client::new() };
        eventually("the fleet takes writes and answers reads", Duration::from_secs(30), async || {
            let read = shop.get("/item/fetch?name=none").send().await.unwrap().status();
            let probes = shop.dispatcher.address("operations").expect("told by now");
            let ready = shop.http.get(format!("http://{probes}/readyz")).send().await.unwrap();
            let told: Value = ready.json().await.unwrap_or_default();
            read == StatusCode::OK && told["status"] == "ready"
        })
        .await;
        shop
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url)).json(body)
    }

    /// Posts and waits for the outcome.
    pub(crate) async fn apply(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.post(path, body).header("prefer", "wait=20")).await
    }

    /// SIGTERM to every process; waits for the ends and says whether they were in order.
    pub(crate) async fn terminate(mut self) -> bool {
        let worker = self.worker.terminate().await.unwrap();
        self.dispatcher.terminate().await.unwrap() && worker
    }
}

/// The flows of a resource's pools.
fn flows(resource: &str) -> String {
    let resource: Value = serde_yaml::from_str(&std::fs::read_to_string(resource).unwrap()).unwrap();
    let pools = resource["spec"]["pools"].as_array().unwrap();
    let flows = pools.iter().flat_map(|pool| pool["flows"].as_array().unwrap());
    flows.map(|flow| flow.as_str().unwrap()).collect::<Vec<_>>().join(",")
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|&one| one.to_owned()).collect()
}
