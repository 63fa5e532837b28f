//! The shop under measurement: a process of its own, reached over HTTP only.

use crate::interrupt;
use crate::plan::PATIENCE;
use crate::scrape::Metrics;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Set in the environment of this very program when it is to be the shop.
const ROLE: &str = "PAWNSHOP_BENCH_IS_THE_SHOP";
/// How long a shop may take to start, to stop, and to answer a probe.
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(10);
/// Between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Whether this process was started to be the shop that is measured.
pub fn is_the_shop() -> bool {
    std::env::var_os(ROLE).is_some()
}

/// What to start.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    built_in: bool,
}

impl Program {
    /// The given program, or the one that is built into this one.
    pub(crate) fn new(path: Option<&Path>) -> Result<Self> {
        match path {
            Some(path) => Ok(Self { path: path.to_owned(), built_in: false }),
            None => {
                let path = std::env::current_exe().context("cannot tell what this program is called")?;
                Ok(Self { path, built_in: true })
            }
        }
    }
}

/// A running shop; killed when dropped.
#[derive(Debug)]
pub(crate) struct Shop {
    child: Child,
    /// Where its public listener is.
    pub(crate) address: SocketAddr,
}

impl Shop {
    pub(crate) fn start(program: &Program, data: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(&program.path);
        command
            .args(["up", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(arguments)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if program.built_in {
            command.env(ROLE, OsString::from("1"));
        }
        let mut child =
            command.spawn().with_context(|| format!("cannot start {}", program.path.display()))?;
        interrupt::started(child.id());
        let output = child.stdout.take();
        let mut shop = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        shop.address = announced(output.context("the shop has no output")?)?;
        shop.wait_until(START, "the shop is ready", |shop| {
            Ok(shop.get("/readyz").is_ok_and(|(status, _)| status == 200))
        })?;
        Ok(shop)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its metrics now.
    pub(crate) fn metrics(&self) -> Result<Metrics> {
        match self.get("/metrics")? {
            (200, text) => Ok(Metrics::new(text)),
            (status, _) => bail!("/metrics answered {status}"),
        }
    }

    /// Waits until so many events have ended since the shop was started, and all of them applied.
    pub(crate) fn wait_until_applied(&self, events: u64) -> Result<()> {
        self.wait_until(PATIENCE, &format!("{events} events are applied"), |shop| {
            let metrics = shop.metrics()?;
            let ended =
                |outcome| metrics.sum("pawnshop_worker_settled_total", &[("outcome", outcome)]) as u64;
            for fault in ["rejected", "dead-lettered", "retried"] {
                if ended(fault) > 0 {
                    bail!("{} events are {fault}", ended(fault));
                }
            }
            Ok(ended("applied") >= events)
        })
    }

    /// How many events it has applied since it was started.
    pub(crate) fn applied(&self) -> Result<u64> {
        Ok(self.metrics()?.sum("pawnshop_worker_settled_total", &[("outcome", "applied")]) as u64)
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
                bail!("the shop ended with {status}");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("the shop did not end within {STOP:?}")
    }

    /// One request, on a connection of its own.
    pub(crate) fn get(&self, path: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect_timeout(&self.address, ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_write_timeout(Some(ANSWER))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("not an HTTP answer")?;
        let status = head.split_whitespace().nth(1).context("not an HTTP answer")?.parse()?;
        Ok((status, body.to_owned()))
    }

    fn wait_until(
        &self,
        limit: Duration,
        what: &str,
        mut condition: impl FnMut(&Self) -> Result<bool>,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        while !condition(self)? {
            if Instant::now() >= end {
                bail!("not within {limit:?}: {what}");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        interrupt::ended(self.child.id());
    }
}

/// The first address that the shop prints, its public one. The rest of its output is read by a thread, so that
/// it never blocks on it.
fn announced(output: ChildStdout) -> Result<SocketAddr> {
    let (found, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(std::result::Result::ok) {
            for word in line.split_whitespace() {
                if let Some(address) = address_in(word) {
                    let _ = found.send(address);
                }
            }
        }
    });
    address.recv_timeout(START).context("the shop did not say where it listens")
}

fn address_in(word: &str) -> Option<SocketAddr> {
    word.strip_prefix("http://")?.trim_end_matches(['/', ',', '.']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_what_the_shop_says() {
        assert_eq!(address_in("http://127.0.0.1:8080/"), Some(SocketAddr::from(([127, 0, 0, 1], 8080))));
        assert_eq!(address_in("http://127.0.0.1:8080/docs"), None);
        assert_eq!(address_in("listening"), None);
    }
}
