use crate::http;
use crate::process::{Launch, Process, log_in};
use crate::wait::until_ready;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One process of a fleet, started again and again with the same flags.
#[derive(Debug)]
pub struct Member {
    launch: Launch,
    process: Option<Process>,
}

impl Member {
    /// Not started yet; its log is `<name>.log` in `logs`.
    pub(super) fn new(name: &str, program: PathBuf, logs: &Path) -> Self {
        let launch = Launch {
            name: name.to_owned(),
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            log: log_in(logs, name),
            scratch: None,
        };
        Self { launch, process: None }
    }

    pub(super) fn flag(&mut self, key: &str, value: &str) -> &mut Self {
        self.launch.arguments.push(format!("--{key}={value}").into());
        self
    }

    pub(super) fn flags(&mut self, flags: &[String]) -> &mut Self {
        self.launch.arguments.extend(flags.iter().map(Into::into));
        self
    }

    pub(super) fn environment(&mut self, more: &[(String, OsString)]) -> &mut Self {
        self.launch.environment.extend_from_slice(more);
        self
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.launch.name
    }

    /// Its log.
    pub fn log(&self) -> &Path {
        &self.launch.log
    }

    /// Its process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Starts it, or starts it again, killing what runs; [`Member::ready`] waits for it.
    ///
    /// # Errors
    /// When no process can be started.
    pub fn start(&mut self) -> Result<()> {
        drop(self.process.take());
        self.process = Some(Process::start(self.launch.clone())?);
        Ok(())
    }

    /// Waits until its `/readyz` says that it is ready.
    ///
    /// # Errors
    /// When it ended or is not ready in time, with the end of its log.
    pub async fn ready(&mut self) -> Result<()> {
        let http = http::client()?;
        let process =
            self.process.as_mut().with_context(|| format!("{} was not started", self.launch.name))?;
        let mut url = None;
        // Its output is read only until it has said where it listens.
        until_ready(process, async |process| {
            url = url.take().or_else(|| announced(&process.output(), "operations"));
            match &url {
                Some(url) => {
                    let answer = http.get(format!("{url}/readyz")).send().await;
                    matches!(answer, Ok(answer) if answer.status().is_success())
                }
                None => false,
            }
        })
        .await
    }

    /// Where it listens: `API`, `admin`, `reads` or `operations`, as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// When it does not run, or has not said so.
    pub fn url(&self, what: &str) -> Result<String> {
        let output = self.process.as_ref().map(Process::output);
        let url = output.and_then(|output| announced(&output, what));
        url.with_context(|| format!("{} has not said where its {what} is", self.launch.name))
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it is not gone in time.
    pub async fn kill(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// SIGTERM, and SIGKILL when `patience` is over.
    ///
    /// # Errors
    /// When it had to be killed, or said that its end was not a good one.
    pub async fn stop(&mut self, patience: Duration) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        let status = process.stop(patience).await?;
        anyhow::ensure!(
            status.success(),
            "{} ended with {status}\n{}",
            self.launch.name,
            process.last_words()
        );
        Ok(())
    }

    /// SIGSTOP: it keeps its connections and does nothing.
    pub fn pause(&mut self) {
        if let Some(process) = &mut self.process {
            process.pause();
        }
    }

    /// SIGCONT.
    pub fn resume(&mut self) {
        if let Some(process) = &mut self.process {
            process.resume();
        }
    }

    /// Whether a signal ended it.
    pub(super) fn was_killed(&mut self) -> bool {
        // A shell stands guard over it, which tells a signal by a status above 128.
        let ended = self.process.as_mut().and_then(Process::ended);
        ended.and_then(|status| status.code()).is_some_and(|code| code > 128)
    }

    /// An error when it ended by itself.
    ///
    /// # Errors
    /// How it ended, and the end of its log.
    pub fn check(&mut self) -> Result<()> {
        self.process.as_mut().map_or(Ok(()), Process::check)
    }
}

/// The URL in a line such as `API http://127.0.0.1:8080`.
fn announced(output: &str, what: &str) -> Option<String> {
    let urls = output.lines().filter_map(|line| line.strip_prefix(what)?.strip_prefix(' '));
    urls.map(str::trim).find(|url| url.starts_with("http://")).map(str::to_owned)
}
