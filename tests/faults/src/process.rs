//! One process of the fleet, which is killed, frozen, told to end, and started again on the same ports.

use crate::memory::Pids;
use anyhow::{Context, Result, bail};
use pawnshop_servers::Launch;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// What they log: not a line for each of a million events.
const LOG: &str = "info,pawnshop::request=warn,pawnshop::batch=warn,pawnshop::event=warn";

/// How long a process may take to say where it listens, and to end.
const DEADLINE: Duration = Duration::from_secs(60);

/// A process that is started again and again.
pub struct Process {
    launch: Launch,
    pids: Pids,
    running: Option<pawnshop_servers::Process>,
}

impl Process {
    /// Not started yet. What it prints goes to a file in `scratch`.
    pub fn new(name: &str, program: PathBuf, arguments: Vec<String>, scratch: &Path, pids: Pids) -> Self {
        let launch = Launch {
            name: name.to_owned(),
            program,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
            log: scratch.join(format!("{name}.log")),
            scratch: None,
        };
        Self { launch, pids, running: None }
    }

    /// Starts it; it may not listen yet.
    pub async fn start(&mut self) -> Result<()> {
        self.start_with(&[])
    }

    /// Ends it in order, and starts it again with these environment variables.
    pub async fn restart_with(&mut self, environment: &[(&str, &str)]) -> Result<()> {
        self.terminate().await?;
        self.start_with(environment)
    }

    fn start_with(&mut self, environment: &[(&str, &str)]) -> Result<()> {
        let mut launch = self.launch.clone();
        launch.environment = vec![("RUST_LOG".to_owned(), LOG.into())];
        launch.environment.extend(environment.iter().map(|&(name, value)| (name.to_owned(), value.into())));
        let process = pawnshop_servers::Process::start(launch)?;
        let mut pids = self.pids.lock().unwrap_or_else(PoisonError::into_inner);
        pids.insert(self.launch.name.clone(), process.pid());
        self.running = Some(process);
        Ok(())
    }

    /// Waits until it has said where it serves `what`: `127.0.0.1:8080`.
    pub async fn told(&mut self, what: &str) -> Result<String> {
        let asked = async {
            loop {
                self.running()?.check()?;
                if let Some(address) = self.address(what) {
                    return Ok(address);
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(DEADLINE, asked).await.with_context(|| format!("where is {what}?"))?
    }

    /// Where it said that it serves `what`, if it has: a line such as `API http://127.0.0.1:8080`.
    pub fn address(&self, what: &str) -> Option<String> {
        let output = self.running.as_ref()?.output();
        let told = output.lines().find_map(|line| line.strip_prefix(what)?.trim().strip_prefix("http://"));
        told.map(str::to_owned)
    }

    /// kill -9.
    pub async fn kill(&mut self) -> Result<()> {
        self.running()?.kill().await?;
        self.forget();
        Ok(())
    }

    /// SIGTERM; waits for the end, and says whether it was one in order.
    pub async fn terminate(&mut self) -> Result<bool> {
        let status = self.running()?.stop(DEADLINE).await;
        self.forget();
        Ok(status.is_ok_and(|status| status.success()))
    }

    /// SIGSTOP: it is there and does nothing.
    pub fn pause(&mut self) -> Result<()> {
        self.running()?.pause();
        Ok(())
    }

    /// SIGCONT.
    pub fn resume(&mut self) -> Result<()> {
        self.running()?.resume();
        Ok(())
    }

    /// What went wrong in it: that it ended by itself, and panics.
    pub fn crashes(&mut self) -> Vec<String> {
        let Some(running) = &mut self.running else { return Vec::new() };
        let ended = running.check().err().map(|error| error.to_string());
        let log = std::fs::read_to_string(&self.launch.log).unwrap_or_default();
        let panics = log.lines().filter(|line| line.contains("panicked at"));
        ended.into_iter().chain(panics.map(str::to_owned)).collect()
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        self.running.as_ref().map(pawnshop_servers::Process::last_words).unwrap_or_default()
    }

    fn running(&mut self) -> Result<&mut pawnshop_servers::Process> {
        let Some(running) = &mut self.running else { bail!("{} does not run", self.launch.name) };
        Ok(running)
    }

    fn forget(&mut self) {
        self.running = None;
        self.pids.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.launch.name);
    }
}
