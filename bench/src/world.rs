use crate::interrupt;
use crate::options::{Mode, Options, Part};
use crate::plan::Plan;
use crate::shop::{Program, Shop};
use anyhow::{Context, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What every measurement stands on: how much to do, which program, and where.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) plan: Plan,
    program: Program,
    scratch: TempDir,
}

impl World {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let scratch = tempfile::Builder::new()
            .prefix("pawnshop-bench-")
            .tempdir_in(&options.scratch)
            .with_context(|| format!("cannot make a folder in {}", options.scratch.display()))?;
        interrupt::tidy_up_after(scratch.path())?;
        Ok(Self {
            options: options.clone(),
            plan: Plan::new(options.quick, options.events),
            program: Program::new(options.program.as_deref())?,
            scratch,
        })
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.options.only.is_empty() || self.options.only.contains(&part)
    }

    pub(crate) fn measures(&self, mode: Mode) -> bool {
        self.options.mode.is_none_or(|only| only == mode)
    }

    /// The folder in which everything happens.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// A path in the scratch folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// A running shop on the data folder of this name, made when it is not there.
    pub(crate) fn shop(&self, data: &str, arguments: &[&str]) -> Result<Shop> {
        Shop::start(&self.program, &self.path(data), arguments)
    }

    /// The same, with a line for each request and batch in a file beside the data.
    pub(crate) fn shop_logging(&self, data: &str, arguments: &[&str]) -> Result<Shop> {
        let log = File::create(self.path(&format!("{data}.log"))).context("cannot write a log")?;
        Shop::start_logging(&self.program, &self.path(data), arguments, "info", log.into())
    }

    /// The same, of the program that was built without spans.
    pub(crate) fn shop_untraced(&self, data: &str, arguments: &[&str]) -> Result<Shop> {
        Shop::start(&Program::new(self.options.untraced.as_deref())?, &self.path(data), arguments)
    }

    /// Deletes a data folder, so that a long run needs no more disk than a short one.
    pub(crate) fn discard(&self, data: &str) -> Result<()> {
        std::fs::remove_dir_all(self.path(data)).with_context(|| format!("cannot remove {data}"))
    }
}

/// Tells how far the run is; on standard error, so that the report stays clean.
pub(crate) fn progress(what: impl std::fmt::Display) {
    eprintln!("bench: {what}");
}
