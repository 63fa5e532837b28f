//! What benchmarks share: the machine that they run on, what it says of a process, and where the operator's program is.

pub mod process;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What the figures depend on.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Processors that a program may use.
    pub cores: usize,
    /// What they are.
    pub processor: String,
    /// Memory, in GiB.
    pub memory_gib: f64,
    /// The kernel's release.
    pub kernel: String,
    /// Processes that ran or waited when the run began (1 min average): 0 is a quiet machine.
    pub load_before: f64,
}

impl Machine {
    /// This one.
    ///
    /// # Errors
    /// When it has no `/proc`.
    pub fn here() -> Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"));
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo")?, "MemTotal").unwrap_or_default();
        let kib: f64 = memory.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0.0);
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            processor: field(&read("/proc/cpuinfo")?, "model name").unwrap_or_else(|| "unknown".to_owned()),
            memory_gib: kib / 1024.0 / 1024.0,
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            load_before: read("/proc/loadavg")?.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0),
        })
    }
}

/// The operator's program: the one that is given, or the one beside this program.
///
/// # Errors
/// When it is not there.
pub fn operator_program(given: Option<&Path>) -> Result<PathBuf> {
    let beside = || {
        let own = std::env::current_exe().context("where is this program?")?;
        anyhow::Ok(own.with_file_name("pawnshop-operator"))
    };
    let program = given.map_or_else(beside, |given| Ok(given.to_owned()))?;
    ensure!(program.exists(), "{} is not there: build pawnshop-operator", program.display());
    Ok(program)
}
