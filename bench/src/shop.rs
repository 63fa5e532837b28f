//! The shop under measurement: a process of its own, reached over HTTP only.

use crate::scrape::Metrics;
use crate::spawned::{self, START, Spawned};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Set in the environment of this very program when it is to be the shop.
const ROLE: &str = "PAWNSHOP_BENCH_IS_THE_SHOP";

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
    process: Spawned,
    /// Where its public listener is.
    pub(crate) address: SocketAddr,
}

impl Shop {
    /// One that logs no line of requests and batches.
    pub(crate) fn start(program: &Program, data: &Path, arguments: &[&str]) -> Result<Self> {
        Self::start_logging(program, data, arguments, "warn", Stdio::inherit())
    }

    /// One that logs so much (`RUST_LOG`), to there.
    pub(crate) fn start_logging(
        program: &Program,
        data: &Path,
        arguments: &[&str],
        log: &str,
        to: Stdio,
    ) -> Result<Self> {
        let mut command = Command::new(&program.path);
        command
            .args(["up", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(arguments)
            .env("RUST_LOG", log)
            .stderr(to);
        if program.built_in {
            command.env(ROLE, OsString::from("1"));
        }
        let mut process = Spawned::start("the shop", command)?;
        // The first address that it prints is its public one.
        let address = process.announced("")?;
        process.wait_until(START, "the shop is ready", || Ok(spawned::is_ready(address)))?;
        Ok(Self { process, address })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its metrics now.
    pub(crate) fn metrics(&self) -> Result<Metrics> {
        spawned::metrics(self.address)
    }

    /// Waits until so many events have ended since the shop was started, and all of them applied.
    pub(crate) fn wait_until_applied(&mut self, events: u64) -> Result<()> {
        self.process.wait_until_applied(self.address, events)
    }

    /// How many events it has applied since it was started.
    pub(crate) fn applied(&self) -> Result<u64> {
        Ok(self.metrics()?.settled("applied"))
    }

    /// Asks it to end and waits for that.
    pub(crate) fn stop(self) -> Result<()> {
        self.process.stop()
    }
}
