use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers come at once.
pub(crate) const AT_ONCE: [&str; 4] = ["--min-latency", "0s", "--max-latency", "0s"];

/// The program's command line, whatever the environment says.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_objects-service"));
    command.args(arguments).env_clear();
    command
}

/// The program, until it is dropped.
pub(crate) struct Program {
    child: Child,
    uri: String,
    client: Client,
}

impl Program {
    /// Starts it on a free port.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", arguments).await
    }

    /// Starts it, and waits until it says where it listens.
    pub(crate) async fn start_at(address: &str, arguments: &[&str]) -> Self {
        let mut child = command(&["--listen", address])
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line =
            timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().expect("it says where it listens");
        let uri = line.strip_prefix("objects ").expect(&line).to_owned();
        Self { child, uri, client: client() }
    }

    /// The host and port of its URI.
    pub(crate) fn address(&self) -> String {
        self.uri.strip_prefix("http://").unwrap().to_owned()
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    pub(crate) fn pid(&self) -> String {
        self.child.id().unwrap().to_string()
    }

    /// The answer to a GET.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        get(&self.client, &format!("{}{path}", self.uri)).await
    }

    /// Looks an object up and gives up soon; whether it was given up.
    pub(crate) async fn hangs(&self, path: &str) -> bool {
        let request = self.client.get(format!("{}{path}", self.uri)).timeout(Duration::from_millis(300));
        request.send().await.is_err_and(|error| error.is_timeout())
    }

    /// One of its counts.
    pub(crate) async fn count(&self, what: &str) -> u64 {
        self.get("/stats").await.1[what].as_u64().expect(what)
    }

    pub(crate) async fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.pid()]).status().await.unwrap().success());
    }

    /// How it ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap()
    }
}

/// A client that follows nothing and waits for long.
pub(crate) fn client() -> Client {
    pawnshop_runtime::tls::install_provider();
    Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).build().unwrap()
}

/// A status and a body: JSON, or the text of any other.
pub(crate) async fn get(client: &Client, uri: &str) -> (StatusCode, Value) {
    let response = client.get(uri).send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Waits for a condition.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !condition().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waited).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"));
}
