use super::Fleet;
use crate::spawned::Spawned;
use anyhow::{Context, Result};
use std::process::Command;

/// Names the program in the environment; `make bench` sets it.
const PROGRAM: &str = "PAWNSHOP_BENCH_STORE";

/// A MongoDB-wire server of its own, on an empty folder. What is acknowledged is on disk.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) process: Spawned,
    pub(crate) uri: String,
}

impl Store {
    pub(crate) fn start(fleet: &Fleet<'_>, folder: &str) -> Result<Self> {
        let program = std::env::var_os(PROGRAM).with_context(|| {
            format!("{PROGRAM} must name the program secantusd-rs; `make bench` installs it")
        })?;
        let mut command = Command::new(program);
        command
            .args(["--host", "127.0.0.1", "--port", "0", "--sync-on-commit", "--cache-size", "2G"])
            .args(["--log-level", "WARNING", "--storage-path"])
            .arg(fleet.world.path(folder))
            // No configuration of somebody else's is found here.
            .current_dir(fleet.world.scratch());
        let mut process = Spawned::start("the document store", command)?;
        let address = process.announced("secantusd-rs listening on")?;
        Ok(Self { process, uri: format!("mongodb://{address}/?w=majority&journal=true") })
    }
}
