//! A shop in one process, to look at.

use pawnshop_servers::testing::{answer, eventually_within};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Every program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_pawnshop-console-under-test");

const PATIENCE: Duration = Duration::from_secs(60);

/// A running shop; killed when dropped.
pub(crate) struct Shop {
    child: Child,
    data: TempDir,
    pub(crate) public: String,
    pub(crate) admin: String,
    http: Client,
}

impl Shop {
    /// On a folder of its own.
    pub(crate) async fn up() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (child, public, admin) = start(data.path(), "127.0.0.1:0").await;
        Self { child, data, public, admin, http: client() }
    }

    /// Kills it; the data stay.
    pub(crate) async fn ends(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Opens it again, where it was.
    pub(crate) async fn is_open_again(&mut self) {
        let listen = self.public.trim_start_matches("http://").to_owned();
        (self.child, ..) = start(self.data.path(), &listen).await;
    }

    /// Posts, and waits until it is in effect.
    pub(crate) async fn apply(&self, path: &str, body: &Value) -> Value {
        applied(&self.http, &self.public, path, body).await
    }

    /// Posts, and waits for nothing more than that it is accepted.
    pub(crate) async fn send(&self, path: &str, body: &Value) {
        let sent = self.http.post(format!("{}{path}", self.public)).json(body).send().await;
        assert_eq!(sent.unwrap().status(), StatusCode::ACCEPTED);
    }

    /// An event that is kept beside the dead letters: its key was used before, for something else.
    pub(crate) async fn letter(&self, about: &str) {
        reused_key(&self.http, &self.public, about).await;
    }
}

/// Starts the program, and waits until it says where it listens: to everybody, and to this machine.
async fn start(data: &Path, listen: &str) -> (Child, String, String) {
    let mut child = Command::new(PROGRAM)
        .args(["up", "--listen", listen, "--admin-listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut public, mut admin) = (None, None);
    while public.is_none() || admin.is_none() {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["API", address, ..] => public = Some(address.to_owned()),
            ["admin", address, ..] => admin = Some(address.to_owned()),
            _ => {}
        }
    }
    // Keep reading, so that the shop never blocks on its own output.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, public.unwrap(), admin.unwrap())
}

/// An HTTP client.
pub(crate) fn client() -> Client {
    pawnshop_runtime::tls::install_provider();
    Client::new()
}

/// Posts, and waits until it is in effect.
pub(crate) async fn applied(http: &Client, shop: &str, path: &str, body: &Value) -> Value {
    let mut told = Value::Null;
    eventually_within("it is applied", PATIENCE, async || {
        let request = http.post(format!("{shop}{path}")).header("prefer", "wait=20").json(body);
        let (status, answered) = answer(request).await;
        told = answered;
        status == StatusCode::CREATED
    })
    .await;
    told
}

/// Sends two different items under one key.
pub(crate) async fn reused_key(http: &Client, shop: &str, about: &str) {
    for (name, expected) in [("First", StatusCode::CREATED), ("Second", StatusCode::UNPROCESSABLE_ENTITY)] {
        let body = with_name(about, name);
        let request = http.post(format!("{shop}/item/add")).header("prefer", "wait=20");
        let request = request.header("idempotency-key", format!("letter-{about}")).json(&body);
        let (status, told) = answer(request).await;
        assert_eq!(status, expected, "{told}");
    }
}

/// An item.
pub(crate) fn violin() -> Value {
    with_name("violin", "Violin")
}

pub(crate) fn with_name(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "category": "Collection", "price": 125_000, "state": "Good", "ageInMonths": 240})
}

/// The folder of a program that goes by several names.
pub(crate) fn program() -> &'static Path {
    Path::new(PROGRAM)
}
