use crate::spawned::{START, Spawned, is_ready};
use crate::world::World;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The fleet's programs, in one folder.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
}

/// A dispatcher that runs.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) process: Spawned,
    pub(crate) address: SocketAddr,
}

/// A worker that runs.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) process: Spawned,
    /// Where it serves reads over gRPC.
    pub(crate) reads: SocketAddr,
    /// Where its metrics are.
    pub(crate) operations: SocketAddr,
}

impl Programs {
    /// Those that were built beside this program, if no other folder is given.
    pub(crate) fn new(world: &World) -> Result<Self> {
        let folder = match &world.options.programs {
            Some(folder) => folder.clone(),
            None => {
                let this = std::env::current_exe().context("cannot tell where this program is")?;
                this.parent().map(Path::to_owned).unwrap_or_default()
            }
        };
        for program in ["pawnshop-dispatcher", "pawnshop-worker"] {
            if !folder.join(program).is_file() {
                bail!("{} is not there; `make bench` builds it", folder.join(program).display());
            }
        }
        Ok(Self { folder })
    }

    /// A dispatcher of this shop, which reads from these workers.
    pub(crate) fn dispatcher(
        &self,
        name: &'static str,
        shop: &str,
        broker: &str,
        workers: &str,
        arguments: &[&str],
    ) -> Result<Dispatcher> {
        let mut command = self.command("pawnshop-dispatcher", shop, broker);
        command.args(["--admin-listen", "127.0.0.1:0", "--workers", workers]).args(arguments);
        let mut process = Spawned::start(name, command)?;
        let address = process.announced("API")?;
        Ok(Dispatcher { process, address })
    }

    /// A worker of this shop, once it is ready.
    pub(crate) fn worker(&self, shop: &str, broker: &str, store: &str, database: &str) -> Result<Worker> {
        let mut command = self.command("pawnshop-worker", shop, broker);
        command.env("STORE_URI", store).args(["--store-database", database]);
        let mut process = Spawned::start("pawnshop-worker", command)?;
        let (reads, operations) = process.announced_both("reads", "operations")?;
        process.wait_until(START, "the worker is ready", || Ok(is_ready(operations)))?;
        Ok(Worker { process, reads, operations })
    }

    fn command(&self, program: &str, shop: &str, broker: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command
            .args(["--shop", shop, "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"])
            .env("BROKER_URI", broker)
            .env("RUST_LOG", "warn");
        command
    }
}
