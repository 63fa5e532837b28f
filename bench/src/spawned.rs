//! A process under measurement: started, found by the address that it prints, killed when dropped.

use crate::http;
use crate::interrupt;
use crate::plan::PATIENCE;
use crate::scrape::Metrics;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a process may take to start and to stop.
pub(crate) const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(60);
/// Between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A running process; killed when dropped.
#[derive(Debug)]
pub(crate) struct Spawned {
    /// What people call it.
    pub(crate) name: &'static str,
    child: Child,
    lines: Receiver<String>,
}

impl Spawned {
    pub(crate) fn start(name: &'static str, mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A group of its own: a signal reaches it with all that it started, and only from here.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}: {}", command.get_program().display()))?;
        interrupt::started(child.id());
        let output = child.stdout.take();
        // Held from here on, so that it is killed also where it has no output.
        let mut spawned = Self { name, child, lines: channel().1 };
        spawned.lines = lines(output.with_context(|| format!("{name} has no output"))?);
        Ok(spawned)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The address that it prints on a line which starts so.
    pub(crate) fn announced(&mut self, start: &str) -> Result<SocketAddr> {
        Ok(self.announced_both(start, start)?.0)
    }

    /// The addresses that it prints on lines which start so, in any order.
    pub(crate) fn announced_both(&mut self, one: &str, other: &str) -> Result<(SocketAddr, SocketAddr)> {
        let end = Instant::now() + START;
        let (mut first, mut second) = (None, None);
        loop {
            if let (Some(first), Some(second)) = (first, second) {
                return Ok((first, second));
            }
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = |start| {
                        let line = line.starts_with(start).then_some(&line)?;
                        line.split_whitespace().find_map(address_in)
                    };
                    first = first.or_else(|| found(one));
                    second = second.or_else(|| found(other));
                }
                Err(RecvTimeoutError::Timeout) => bail!("{} did not say where it listens", self.name),
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} ended before it listened: {}", self.name, self.child.wait()?)
                }
            }
        }
    }

    /// Waits until a condition holds, as long as the process runs.
    pub(crate) fn wait_until(
        &mut self,
        limit: Duration,
        what: &str,
        mut condition: impl FnMut() -> Result<bool>,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        while !condition()? {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}", self.name);
            }
            if Instant::now() >= end {
                bail!("not within {limit:?}: {what}");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Waits until it has ended so many events since it was started, all of them applied, as its metrics at this
    /// address say.
    pub(crate) fn wait_until_applied(&mut self, metrics_at: SocketAddr, events: u64) -> Result<()> {
        self.wait_until(PATIENCE, &format!("{events} events are applied"), || {
            let metrics = metrics(metrics_at)?;
            for fault in ["rejected", "dead-lettered", "retried"] {
                if metrics.settled(fault) > 0 {
                    bail!("{} events are {fault}", metrics.settled(fault));
                }
            }
            Ok(metrics.settled("applied") >= events)
        })
    }

    /// Asks it to end and waits for that.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = self.pid().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().context("cannot run kill")?;
        if !asked.success() {
            bail!("kill -TERM {pid} failed");
        }
        let end = Instant::now() + STOP;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!("{} ended with {status}", self.name);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("{} did not end within {STOP:?}", self.name)
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        interrupt::ended(self.child.id());
    }
}

/// The metrics that a process serves at this address.
pub(crate) fn metrics(address: SocketAddr) -> Result<Metrics> {
    match http::get(address, "/metrics")? {
        (200, text) => Ok(Metrics::new(text)),
        (status, _) => bail!("/metrics answered {status}"),
    }
}

/// Whether a process says within a probe's time that it is ready.
pub(crate) fn is_ready(address: SocketAddr) -> bool {
    http::get(address, "/readyz").is_ok_and(|(status, _)| status == 200)
}

/// What a process prints, read by a thread, so that it never blocks on it.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (found, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(std::result::Result::ok) {
            let _ = found.send(line);
        }
    });
    lines
}

fn address_in(word: &str) -> Option<SocketAddr> {
    word.strip_prefix("http://").unwrap_or(word).trim_end_matches(['/', ',', '.']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Spawned {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Spawned::start("a script", command).unwrap()
    }

    #[test]
    fn an_address_is_found_in_what_a_process_says() {
        let local = Some(SocketAddr::from(([127, 0, 0, 1], 8080)));
        assert_eq!(address_in("http://127.0.0.1:8080/"), local);
        assert_eq!(address_in("127.0.0.1:8080"), local);
        assert_eq!(address_in("http://127.0.0.1:8080/docs"), None);
        assert_eq!(address_in("listening"), None);
    }

    #[test]
    fn addresses_are_told_apart_by_what_is_before_them() {
        let mut script = shell("echo API http://127.0.0.1:1; echo reads http://127.0.0.1:2; sleep 60");
        assert_eq!(script.announced("reads").unwrap().port(), 2);
    }

    #[test]
    fn a_process_that_ends_early_is_not_waited_for() {
        let error = shell("exit 3").announced("API").unwrap_err();
        assert!(error.to_string().contains("ended before it listened"), "{error}");
        let error = shell("exit 3").wait_until(START, "never", || Ok(false)).unwrap_err();
        assert!(error.to_string().contains("ended with"), "{error}");
    }
}
