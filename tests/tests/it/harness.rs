//! Starts the real program on a data folder of the test's own, and talks HTTP to it.

pub(crate) use pawnshop_servers::skip;
pub(crate) use pawnshop_servers::testing::{answer, eventually_within as eventually};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_pawnshop-under-test");

/// A running shop; killed when dropped.
pub(crate) struct Shop {
    child: Child,
    pub(crate) pid: u32,
    pub(crate) url: String,
    pub(crate) admin: String,
    pub(crate) http: Client,
}

impl Shop {
    /// A shop on `data`, with more arguments for `pawnshop up`.
    pub(crate) async fn up(data: &Path, arguments: &[&str]) -> Self {
        Self::spawn(Command::new(PROGRAM), data, arguments).await
    }

    /// The same behind a wrapper such as strace, which is given the program's path as its next argument.
    pub(crate) async fn up_under(mut wrapper: Command, data: &Path, arguments: &[&str]) -> Self {
        wrapper.arg(PROGRAM);
        Self::spawn(wrapper, data, arguments).await
    }

    async fn spawn(mut command: Command, data: &Path, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["up", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(arguments)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let (mut url, mut admin) = (None, None);
        within(Duration::from_secs(60), async {
            while url.is_none() || admin.is_none() {
                let line =
                    lines.next_line().await.expect("readable").expect("the shop says where it listens");
                match line.split_whitespace().collect::<Vec<_>>()[..] {
                    ["API", address, ..] => url = Some(address.to_owned()),
                    ["admin", address, ..] => admin = Some(address.to_owned()),
                    _ => {}
                }
            }
        })
        .await;
        // Keep reading, so that the shop never blocks on its own output.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        // As the shop wrote itself down: behind a wrapper it is not the child.
        let pid = std::fs::read_to_string(data.join("pawnshop.lock"))
            .expect("the lock file")
            .trim()
            .parse()
            .expect("a pid");
        pawnshop_runtime::tls::install_provider();
        let shop =
            Self { child, pid, url: url.expect("told"), admin: admin.expect("told"), http: Client::new() };
        eventually("the shop is ready", Duration::from_secs(30), async || {
            matches!(shop.get("/readyz").send().await, Ok(answer) if answer.status() == StatusCode::OK)
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

    /// kill -9: no chance to tidy up.
    pub(crate) async fn kill(mut self) {
        signal(self.pid, "KILL");
        within(Duration::from_secs(60), self.child.wait()).await.expect("waited for");
    }

    /// SIGTERM; waits for the end and says whether it was a clean one.
    pub(crate) async fn terminate(mut self) -> bool {
        signal(self.pid, "TERM");
        within(Duration::from_secs(60), self.child.wait()).await.expect("waited for").success()
    }
}

/// A test that fails leaves nothing running, not even behind a wrapper, whose end the shop would survive.
impl Drop for Shop {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal(self.pid, "KILL");
        }
    }
}

/// Sends a signal to one process.
pub(crate) fn signal(pid: u32, name: &str) {
    let status = std::process::Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
    assert!(status.expect("kill runs").success(), "kill -{name} {pid}");
}

/// A future's result, or a failed test when it takes too long.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(limit, future).await.unwrap_or_else(|_| panic!("took longer than {limit:?}"))
}

/// Prints a figure past the test runner's capture.
pub(crate) fn figure(line: &str) {
    let _ = writeln!(std::io::stderr(), "    {line}");
}
