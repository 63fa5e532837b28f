use super::eventually;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A running program of the fleet; killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    out: Arc<Mutex<String>>,
    log: Arc<Mutex<String>>,
}

impl Program {
    /// Starts it on free ports, and waits until it says where it listens.
    pub async fn start(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (out, log) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
        let mut program = Self { child, out, log };
        eventually("it says where it listens", async || {
            assert!(program.child.try_wait().unwrap().is_none(), "it ended:\n{}", program.log());
            // The last that it says.
            program.told("operations").is_some()
        })
        .await;
        program
    }

    /// The URI of one of its listeners: `operations`, and what else it names.
    pub fn address(&self, listener: &str) -> String {
        self.told(listener).unwrap_or_else(|| panic!("it does not say where {listener} is"))
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends a signal, such as `-TERM`.
    pub async fn signal(&self, signal: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
    }

    /// How it ended, which it does within 40 s.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = timeout(Duration::from_secs(40), self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("it does not end:\n{}", self.log())).unwrap()
    }

    fn told(&self, listener: &str) -> Option<String> {
        let lines = self.out.lock().unwrap();
        lines.lines().find_map(|line| line.strip_prefix(&format!("{listener} "))).map(str::to_owned)
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
